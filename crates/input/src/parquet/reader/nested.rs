//! Columns with lists and maps. A top-level column that contains a list or a map is written as one
//! JSON value, which is assembled from the file's columns within it.
//!
//! A list is written as an array, a map as an object. For how groups represent lists and maps, also
//! those of older programs, see
//! <https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types>. Each value
//! has two levels. Its definition level is the number of optional and repeated fields around it
//! that are not NULL. Its repetition level says which list the value continues; 0 begins a new row.

use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::schema::types::{SchemaDescriptor, Type};

use super::group::member;
use super::value::Form;
use super::values::Values;

/// A top-level column.
#[derive(Debug)]
pub(super) struct Nested {
    /// The name of the column, as `"name":`.
    pub(super) name: Vec<u8>,
    /// The numbers of the file's columns within it.
    pub(super) leaves: std::ops::Range<usize>,
    value: Node,
}

/// How a value is assembled.
#[derive(Debug)]
enum Node {
    /// A value of one column of the file. `at` is its position among the leaves.
    Leaf { at: usize, form: Form },
    /// An object with these members: (name, value).
    Group(Vec<(Vec<u8>, Node)>),
    /// A value that is `null` if the definition level is below `defined`.
    Optional { defined: i16, value: Box<Node> },
    /// An array. It is empty if the definition level is below `defined`. A value with the
    /// repetition level `repeated` or above continues the array with another element.
    List {
        defined: i16,
        repeated: i16,
        element: Box<Node>,
    },
    /// A map, written as an object. Its levels are like those of a list.
    Map {
        defined: i16,
        repeated: i16,
        key: Box<Node>,
        value: Box<Node>,
    },
}

/// Whether a field is a list, or contains one.
pub(super) fn has_list(field: &Type) -> bool {
    field.get_basic_info().repetition() == Repetition::REPEATED
        || !field.is_primitive() && field.get_fields().iter().any(|field| has_list(field))
}

impl Nested {
    /// The top-level column `field`. `first` is the number of the first column of the file within
    /// this field.
    pub(super) fn new(field: &Type, first: usize, schema: &SchemaDescriptor) -> Nested {
        let mut builder = Builder {
            schema,
            first,
            leaves: 0,
        };
        let value = builder.field(field, Levels::default());
        Nested {
            name: member(field.name()),
            leaves: first..first + builder.leaves,
            value,
        }
    }

    /// Writes the value of the next row.
    pub(super) fn write(&self, leaves: &mut [Values], out: &mut Vec<u8>) {
        self.value.write(leaves, out);
    }
}

/// The levels of a field: how many optional or repeated fields are around it, and how many of them
/// are repeated.
#[derive(Debug, Clone, Copy, Default)]
struct Levels {
    defined: i16,
    repeated: i16,
}

struct Builder<'a> {
    schema: &'a SchemaDescriptor,
    /// The number in the file of the first leaf.
    first: usize,
    /// Number of leaves so far.
    leaves: usize,
}

impl Builder<'_> {
    /// The node for a field. `around` are the levels of the field that contains it.
    fn field(&mut self, field: &Type, around: Levels) -> Node {
        let mut levels = around;
        match field.get_basic_info().repetition() {
            Repetition::REQUIRED => self.content(field, levels),
            Repetition::OPTIONAL => {
                levels.defined += 1;
                Node::Optional {
                    defined: levels.defined,
                    value: Box::new(self.content(field, levels)),
                }
            }
            // older programs write a list as a repeated field without a group that is declared as a
            // list
            Repetition::REPEATED => self.list(field, levels, Element::Itself),
        }
    }

    /// The node for the content of a field that is not NULL.
    fn content(&mut self, field: &Type, levels: Levels) -> Node {
        if field.is_primitive() {
            let at = self.leaves;
            self.leaves += 1;
            let form = Form::of(&self.schema.column(self.first + at));
            return Node::Leaf { at, form };
        }
        if let [only] = field.get_fields()
            && only.get_basic_info().repetition() == Repetition::REPEATED
        {
            match kind_of(field) {
                Kind::List => return self.list(only, levels, element_of(only, field.name())),
                Kind::Map if is_key_and_value(only) => return self.map(only, levels),
                Kind::Map | Kind::Group => {}
            }
        }
        let mut members = Vec::new();
        for inner in field.get_fields() {
            members.push((member(inner.name()), self.field(inner, levels)));
        }
        Node::Group(members)
    }

    fn list(&mut self, repeated: &Type, around: Levels, element: Element) -> Node {
        let levels = around.repeated();
        let element = match (element, repeated.is_primitive()) {
            (Element::OnlyField, false) => self.field(&repeated.get_fields()[0], levels),
            _ => self.content(repeated, levels),
        };
        Node::List {
            defined: levels.defined,
            repeated: levels.repeated,
            element: Box::new(element),
        }
    }

    fn map(&mut self, entries: &Type, around: Levels) -> Node {
        let levels = around.repeated();
        let fields = entries.get_fields();
        let key = Box::new(self.field(&fields[0], levels));
        let value = Box::new(self.field(&fields[1], levels));
        Node::Map {
            defined: levels.defined,
            repeated: levels.repeated,
            key,
            value,
        }
    }
}

impl Levels {
    fn repeated(self) -> Levels {
        Levels {
            defined: self.defined + 1,
            repeated: self.repeated + 1,
        }
    }
}

/// What a group with a single repeated field represents.
enum Kind {
    List,
    Map,
    Group,
}

fn kind_of(group: &Type) -> Kind {
    let info = group.get_basic_info();
    match (info.logical_type_ref(), info.converted_type()) {
        (Some(LogicalType::List), _) | (None, ConvertedType::LIST) => Kind::List,
        (Some(LogicalType::Map), _) => Kind::Map,
        (None, ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) => Kind::Map,
        _ => Kind::Group,
    }
}

fn is_key_and_value(entries: &Type) -> bool {
    !entries.is_primitive() && matches!(entries.get_fields(), [key, _] if key.is_primitive())
}

/// Which field is the element of a list.
#[derive(Clone, Copy)]
enum Element {
    /// The repeated field.
    Itself,
    /// The only field of the repeated group.
    OnlyField,
}

/// Which field is the element of a list with this repeated field.
fn element_of(repeated: &Type, list: &str) -> Element {
    let is_by_name = repeated.name() == "array" || repeated.name() == format!("{list}_tuple");
    match repeated.is_primitive() {
        false if repeated.get_fields().len() == 1 && !is_by_name => Element::OnlyField,
        _ => Element::Itself,
    }
}

impl Node {
    /// The position of the first leaf within the node. All its leaves have the same levels, as far
    /// as they concern this node.
    fn first_leaf(&self) -> usize {
        match self {
            Node::Leaf { at, .. } => *at,
            Node::Group(members) => members.first().map_or(0, |(_, node)| node.first_leaf()),
            Node::Optional { value: inner, .. }
            | Node::List { element: inner, .. }
            | Node::Map { key: inner, .. } => inner.first_leaf(),
        }
    }

    /// Skips a value that is NULL.
    fn skip(&self, leaves: &mut [Values]) {
        match self {
            Node::Leaf { at, .. } => leaves[*at].skip(),
            Node::Group(members) => members.iter().for_each(|(_, node)| node.skip(leaves)),
            Node::Optional { value: inner, .. } | Node::List { element: inner, .. } => {
                inner.skip(leaves);
            }
            Node::Map { key, value, .. } => {
                key.skip(leaves);
                value.skip(leaves);
            }
        }
    }

    fn is_defined(&self, defined: i16, leaves: &[Values]) -> bool {
        leaves[self.first_leaf()].next_definition() >= defined
    }

    /// Writes the next value.
    fn write(&self, leaves: &mut [Values], out: &mut Vec<u8>) {
        match self {
            Node::Leaf { at, form } => leaves[*at].write_next(*form, out),
            Node::Group(members) => {
                out.push(b'{');
                for (position, (name, node)) in members.iter().enumerate() {
                    if position > 0 {
                        out.push(b',');
                    }
                    out.extend_from_slice(name);
                    node.write(leaves, out);
                }
                out.push(b'}');
            }
            Node::Optional { defined, value } => match value.is_defined(*defined, leaves) {
                true => value.write(leaves, out),
                false => {
                    out.extend_from_slice(b"null");
                    value.skip(leaves);
                }
            },
            Node::List {
                defined,
                repeated,
                element,
            } => {
                out.push(b'[');
                self.elements((*defined, *repeated), leaves, out, |leaves, out| {
                    element.write(leaves, out);
                });
                out.push(b']');
            }
            Node::Map {
                defined,
                repeated,
                key,
                value,
            } => {
                out.push(b'{');
                self.elements((*defined, *repeated), leaves, out, |leaves, out| {
                    write_key(key, leaves, out);
                    value.write(leaves, out);
                });
                out.push(b'}');
            }
        }
    }

    /// Writes the elements of this list or map, with commas between them.
    fn elements(
        &self,
        (defined, repeated): (i16, i16),
        leaves: &mut [Values],
        out: &mut Vec<u8>,
        write: impl Fn(&mut [Values], &mut Vec<u8>),
    ) {
        if !self.is_defined(defined, leaves) {
            return self.skip(leaves);
        }
        let first = self.first_leaf();
        loop {
            write(leaves, out);
            if leaves[first].next_repetition() < repeated {
                return;
            }
            out.push(b',');
        }
    }
}

/// Writes the key of a map with a colon. Names in JSON are strings, so other keys get quotes.
fn write_key(key: &Node, leaves: &mut [Values], out: &mut Vec<u8>) {
    let start = out.len();
    key.write(leaves, out);
    if out.get(start) != Some(&b'"') {
        out.insert(start, b'"');
        out.push(b'"');
    }
    out.push(b':');
}
