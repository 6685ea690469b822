//! The tools of one session, by name.

use std::sync::Arc;

use crate::{Effect, ErasedTool, Tool, ToolSpec};

/// An ordered set of tools. Order is the order of registration, so that prompts stay byte-equal
/// from turn to turn and caches hold. Cheap to clone.
#[derive(Clone, Default)]
pub struct Toolbox {
    tools: Vec<Arc<dyn ErasedTool>>,
    specs: Vec<ToolSpec>,
}

impl Toolbox {
    /// An empty toolbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tool; a second one of the same name replaces the first in its place.
    #[must_use]
    pub fn with<T: Tool>(mut self, tool: T) -> Self {
        let spec = ErasedTool::spec(&tool);
        let tool: Arc<dyn ErasedTool> = Arc::new(tool);
        if let Some(at) = self.specs.iter().position(|known| known.name == spec.name) {
            self.tools.splice(at..=at, [tool]);
            self.specs.splice(at..=at, [spec]);
        } else {
            self.tools.push(tool);
            self.specs.push(spec);
        }
        self
    }

    /// The tool called `name`.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn ErasedTool>> {
        self.tools.iter().find(|tool| tool.name() == name)
    }

    /// Announcements in order.
    pub fn specs(&self) -> &[ToolSpec] {
        &self.specs
    }

    /// Names in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.specs.iter().map(|spec| spec.name)
    }

    /// The tools that `keep` accepts, in order.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        let (tools, specs) = self
            .tools
            .iter()
            .zip(&self.specs)
            .filter(|(tool, _)| keep(tool.name()))
            .map(|(tool, spec)| (Arc::clone(tool), spec.clone()))
            .unzip();
        Self { tools, specs }
    }
}

impl Toolbox {
    /// The tools that can do no more than `most`, in order.
    #[must_use]
    pub fn up_to(&self, most: Effect) -> Self {
        self.filtered(|name| self.get(name).is_some_and(|tool| tool.most() <= most))
    }
}

impl std::fmt::Debug for Toolbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}
