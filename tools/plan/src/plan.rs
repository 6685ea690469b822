//! A whole plan.

use serde::Serialize;

use crate::{Buffers, Node, NodeId};

/// Time in one trigger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trigger {
    /// Its name; for a foreign key's internal trigger the constraint's.
    pub name: String,
    /// Whether it is a constraint's internal trigger.
    pub constraint: bool,
    /// The table it fired on, where the server says so.
    pub relation: Option<String>,
    /// Milliseconds over all calls.
    pub ms: f64,
    /// How often it fired.
    pub calls: u64,
}

/// What just-in-time compilation cost, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Jit {
    /// Functions compiled.
    pub functions: u64,
    /// All phases together.
    pub total_ms: f64,
}

/// A plan: its nodes in pre-order and what the server said about the whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    pub(crate) nodes: Vec<Node>,
    /// Milliseconds of planning.
    pub planning_ms: Option<f64>,
    /// Milliseconds of execution, triggers included.
    pub execution_ms: Option<f64>,
    /// Pages touched while planning.
    pub planning_buffers: Option<Buffers>,
    /// Triggers that fired.
    pub triggers: Vec<Trigger>,
    /// Just-in-time compilation, if it ran.
    pub jit: Option<Jit>,
    /// Plan-relevant settings that differ from their defaults (`SETTINGS`).
    pub settings: Vec<(String, String)>,
    /// `pg_stat_statements.queryid` as text, with `VERBOSE`.
    pub query_id: Option<String>,
    /// The statement, where auto_explain logged it.
    pub query_text: Option<String>,
    /// Whether page counts were asked for.
    pub has_buffers: bool,
    /// What makes the plan less than whole: lines that are missing, parts that another product added.
    pub notes: Vec<String>,
}

/// The nodes below one node, in pre-order.
pub type Nodes<'a> = std::slice::Iter<'a, Node>;

impl Plan {
    /// All nodes in pre-order; a node's id is its position.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The top node.
    pub fn root(&self) -> &Node {
        // The parsers never build a plan without a root.
        self.node(0)
    }

    /// The node with this id.
    ///
    /// Ids come from the same plan; a foreign one gives the last node.
    pub fn node(&self, id: NodeId) -> &Node {
        match self.nodes.get(id).or(self.nodes.last()) {
            Some(node) => node,
            None => unreachable!("a plan has at least its root"),
        }
    }

    /// Children in the order of the server.
    pub fn children<'a>(&'a self, node: &'a Node) -> impl DoubleEndedIterator<Item = &'a Node> + 'a {
        node.children.iter().map(|&id| self.node(id))
    }

    /// The parent; none for the root.
    pub fn parent(&self, node: &Node) -> Option<&Node> {
        node.parent.map(|id| self.node(id))
    }

    /// Parents up to the root, nearest first.
    pub fn ancestors<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Node> + 'a {
        std::iter::successors(self.parent(node), |node| self.parent(node))
    }

    /// The node itself and everything below it, in pre-order.
    pub fn subtree<'a>(&'a self, node: &Node) -> Nodes<'a> {
        let below = self.nodes.get(node.id + 1..).unwrap_or_default();
        let end = below.iter().position(|other| other.depth <= node.depth).unwrap_or(below.len());
        self.nodes.get(node.id..=node.id + end).unwrap_or_default().iter()
    }

    /// Whether the statement was executed (`ANALYZE`).
    pub fn is_executed(&self) -> bool {
        self.root().actual.is_some()
    }

    /// Whether nodes carry times (`ANALYZE` without `TIMING OFF`).
    pub fn is_timed(&self) -> bool {
        self.nodes.iter().any(|node| node.actual.is_some_and(|actual| actual.total_ms.is_some()))
    }

    /// Elapsed milliseconds of execution: the server's figure, else the root's and the triggers'.
    pub fn elapsed_ms(&self) -> Option<f64> {
        self.execution_ms.or_else(|| {
            self.is_timed().then(|| self.root().total_ms + self.triggers.iter().map(|trigger| trigger.ms).sum::<f64>())
        })
    }

    /// The value of a setting that differs from its default.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
