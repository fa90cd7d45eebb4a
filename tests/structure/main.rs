//! The structure of `src`, as its own imports tell it: no circles, what calls itself pure reaches
//! no edge, and errors and secrets are known to all and know nobody.
//!
//! A module is a file. It says what it is in its first paragraph (`Pure` or `Edge`), or its folder's
//! `mod.rs` says it for it. An import of a name that another module only hands on counts as an import
//! from the module that defines it.

#![allow(clippy::unwrap_used, reason = "as in the other tests")]

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use imports::Sources;

/// A terminal is two files for two systems, which share what stands in the third.
const PLATFORM_PAIRS: [(&str, &str); 2] = [
    ("terminal::open", "terminal::unix"),
    ("terminal::open", "terminal::windows"),
];

/// What errors carry. None of it leads back.
const KNOWN_TO_ERRORS: [&str; 6] = [
    "aws::error",
    "aws::refusal",
    "code",
    "credentials_file::refusal",
    "sanitize",
    "secret",
];

type Graph = BTreeMap<String, BTreeSet<String>>;

/// The modules on a circle, in the order of their imports, if there is one.
fn circle(graph: &Graph) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    graph
        .keys()
        .find_map(|module| circle_from(module, graph, &mut Vec::new(), &mut done))
}

fn circle_from(
    module: &str,
    graph: &Graph,
    path: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(start) = path.iter().position(|earlier| earlier == module) {
        return Some([&path[start..], &[module.to_owned()]].concat());
    }
    if done.contains(module) {
        return None;
    }
    path.push(module.to_owned());
    let found = graph
        .get(module)
        .into_iter()
        .flatten()
        .find_map(|import| circle_from(import, graph, path, done));
    path.pop();
    done.insert(module.to_owned());
    found
}

/// All that `module` imports, and what that imports, each with the way to it.
fn reached(module: &str, graph: &Graph) -> BTreeMap<String, Vec<String>> {
    let mut ways = BTreeMap::from([(module.to_owned(), vec![module.to_owned()])]);
    let mut next = vec![module.to_owned()];
    while let Some(module) = next.pop() {
        for import in graph.get(&module).into_iter().flatten() {
            if !ways.contains_key(import) {
                let way = [ways[&module].as_slice(), std::slice::from_ref(import)].concat();
                ways.insert(import.clone(), way);
                next.push(import.clone());
            }
        }
    }
    ways.remove(module);
    ways
}

/// The way from a pure module to an edge, if there is one.
fn impure(sources: &Sources) -> Option<Vec<String>> {
    let graph = sources.graph();
    let mut pure = graph.keys().filter(|module| sources.says(module, "Pure"));
    pure.find_map(|module| {
        let mut ways = reached(module, &graph).into_iter();
        ways.find(|(end, _)| sources.says(end, "Edge"))
            .map(|(_, way)| way)
    })
}

fn of_this_crate() -> Sources {
    Sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

#[test]
fn imports_make_no_circle() {
    let mut graph = of_this_crate().graph();
    for (module, system) in PLATFORM_PAIRS {
        graph.get_mut(module).unwrap().remove(system);
    }
    if let Some(circle) = circle(&graph) {
        panic!("{}", circle.join(" -> "));
    }
}

#[test]
fn what_is_pure_reaches_no_edge() {
    if let Some(way) = impure(&of_this_crate()) {
        panic!("{}", way.join(" -> "));
    }
}

#[test]
fn every_module_says_whether_it_is_pure() {
    let sources = of_this_crate();
    // What all use, and what starts the rest.
    let others = ["error", "lib", "main", "secret"];
    for module in sources.graph().keys() {
        let says = ["Pure", "Edge"].map(|word| sources.says(module, word));
        let is_other = others.contains(&module.as_str());
        assert!(
            says.into_iter().filter(|says| *says).count() == usize::from(!is_other),
            "{module} must say in its first paragraph that it is Pure, or that it is an Edge"
        );
    }
}

#[test]
fn errors_and_secrets_are_leaves() {
    let graph = of_this_crate().graph();
    assert!(reached("secret", &graph).is_empty());
    let of_error: Vec<String> = reached("error", &graph).into_keys().collect();
    assert_eq!(of_error, KNOWN_TO_ERRORS);
}

#[test]
fn a_planted_circle_is_found() {
    let planted = [
        ("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\n"),
        ("a.rs", "use crate::b::{self, B};\n"),
        // Handed on by c, defined in c::e.
        ("b/mod.rs", "use crate::{\n    c::E,\n    d,\n};\n"),
        ("c/mod.rs", "mod e;\npub(crate) use e::E;\n"),
        ("c/e.rs", "fn f() {\n    crate::a::g();\n}\n"),
        ("d.rs", "use std::fmt;\n"),
    ];
    let found = circle(&Sources::from_texts(&planted).graph()).unwrap();
    assert_eq!(found, ["a", "b", "c::e", "a"]);

    let without: Vec<_> = planted[..4].to_vec();
    let without = [without, vec![planted[5], ("c/e.rs", "struct E;\n")]].concat();
    assert_eq!(circle(&Sources::from_texts(&without).graph()), None);
}

#[test]
fn a_circle_in_tests_alone_is_none() {
    let planted = [
        ("a.rs", "use crate::b::B;\n"),
        (
            "b.rs",
            "struct B;\n\n#[cfg(test)]\nmod tests {\n    use crate::a;\n}\n",
        ),
        ("b/tests.rs", "use crate::a;\n"),
    ];
    assert_eq!(circle(&Sources::from_texts(&planted).graph()), None);
}

#[test]
fn a_planted_way_to_an_edge_is_found() {
    let planted = [
        ("pure.rs", "//! Adds. Pure.\n\nuse crate::middle::M;\n"),
        (
            "middle.rs",
            "//! In between.\n\nmod inner {\n    use super::super::edge::E;\n}\n",
        ),
        ("edge.rs", "//! Writes files. Edge.\n"),
    ];
    let found = impure(&Sources::from_texts(&planted)).unwrap();
    assert_eq!(found, ["pure", "middle", "edge"]);
}
