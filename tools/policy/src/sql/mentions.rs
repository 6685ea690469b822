//! The names in a parse tree that may stand for code.

use dbwright_sql::{Item, RelationRef, relations_of};

/// A name, with its schema where written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) schema: Option<String>,
    pub(super) name: String,
}

impl Name {
    /// As it was written.
    pub(super) fn shown(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// A function call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    pub(super) name: Name,
    /// Arguments, those of WITHIN GROUP included.
    pub(super) arguments: u32,
}

/// Every name in a tree.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    pub(super) calls: Vec<Call>,
    /// `(x).name` and `t.name`: a column, or a function of one argument.
    pub(super) attributes: Vec<String>,
    pub(super) operators: Vec<Name>,
    pub(super) types: Vec<Name>,
    pub(super) relations: Vec<RelationRef>,
}

/// Operators that the grammar writes without their names: IN, BETWEEN, CASE, NULLIF, USING, ORDER
/// BY, DISTINCT and comparisons of rows.
const IMPLIED: [&str; 2] = ["=", "<"];

impl Mentions {
    pub(super) fn of(item: &Item) -> Self {
        let mut found = Self { relations: relations_of(item), ..Self::default() };
        item.walk(&mut |node| found.visit(node));
        found.operators.extend(IMPLIED.map(|name| Name { schema: None, name: name.to_owned() }));
        for names in [&mut found.operators, &mut found.types] {
            names.sort();
            names.dedup();
        }
        found.calls.sort();
        found.calls.dedup();
        found.attributes.sort();
        found.attributes.dedup();
        found
    }

    fn visit(&mut self, node: &Item) {
        match node.name {
            "FuncCall" => self.call(node),
            "ColumnRef" => self.attributes.extend(strings(node, "fields").into_iter().skip(1)),
            "AIndirection" => self.indirection(node),
            // BETWEEN and its kin stand where an operator's name would.
            "AExpr" => self
                .operators
                .extend(name(node, "name").filter(|name| !name.name.bytes().any(|byte| byte.is_ascii_alphabetic()))),
            "SubLink" => self.operators.extend(name(node, "oper_name")),
            "SortBy" => self.operators.extend(name(node, "use_op")),
            "TypeName" => self.types.extend(name(node, "names")),
            _ => {}
        }
    }

    fn indirection(&mut self, node: &Item) {
        let names = strings(node, "indirection");
        // A value of a scalar type has no fields: what stands after its dot is a function.
        let scalar = node.item("arg").is_some_and(|argument| {
            let cast = argument.item("type_name").filter(|_| argument.name == "TypeCast");
            argument.name == "AConst"
                || cast.and_then(|kind| kind.last_name("names")).is_some_and(super::embedded::is_builtin_type)
        });
        if let Some(name) = names.first().filter(|_| scalar) {
            self.calls.push(Call { name: Name { schema: None, name: name.clone() }, arguments: 1 });
        }
        self.attributes.extend(names);
    }

    fn call(&mut self, node: &Item) {
        let Some(name) = name(node, "funcname") else { return };
        let within = if node.field("agg_within_group") == Some(&dbwright_sql::Value::Bool(true)) {
            node.list("agg_order").count()
        } else {
            0
        };
        let written = node.list("args").count() + within;
        // An array after VARIADIC stands for any number.
        let variadic = node.field("func_variadic") == Some(&dbwright_sql::Value::Bool(true));
        let arguments = if variadic { u32::MAX } else { u32::try_from(written).unwrap_or(u32::MAX) };
        if arguments == 1 {
            // `app.positive('1')` may be a cast.
            self.types.push(name.clone());
        }
        // The grammar allows no type names as text but here, and its input runs a domain's checks.
        if matches!(name.name.as_str(), "pg_input_is_valid" | "pg_input_error_info")
            && let Some(text) = node.list("args").nth(1).map(super::tree::literal_text)
        {
            let (schema, name) = text.rsplit_once('.').map_or((None, text), |(schema, name)| (Some(schema), name));
            self.types.push(Name { schema: schema.map(str::to_owned), name: name.to_owned() });
        }
        self.calls.push(Call { name, arguments });
    }
}

fn strings(node: &Item, field: &str) -> Vec<String> {
    node.list(field).filter(|part| part.name == "String").map(|part| part.text("sval").to_owned()).collect()
}

fn name(node: &Item, field: &str) -> Option<Name> {
    let mut parts = strings(node, field);
    let name = parts.pop()?;
    Some(Name { schema: parts.pop(), name })
}
