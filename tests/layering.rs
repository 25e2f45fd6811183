//! Holds the sources to the house's plan: who may know whom, who reads a clock, who prints, and how
//! long a file may be.
//!
//! It reads text, not syntax: comments, literals and `#[cfg(test)]` tails are left out, and every
//! path that begins at the crate (`crate::x`, `todswitch::x`, enough `super::`) is a reference.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each part of the house may know, itself aside. `main` and `lib` hold it together.
const MAY_KNOW: [(&str, &[&str]); 10] = [
    ("domain", &[]),
    ("clock", &["domain"]),
    ("config", &["domain"]),
    ("store", &["domain"]),
    ("contactnow", &["domain"]),
    (
        "engine",
        &["domain", "clock", "config", "store", "contactnow"],
    ),
    ("render", &["domain", "config", "store", "engine"]),
    (
        "service",
        &[
            "domain",
            "clock",
            "config",
            "store",
            "contactnow",
            "engine",
            "render",
        ],
    ),
    (
        "cli",
        &[
            "domain",
            "clock",
            "config",
            "store",
            "contactnow",
            "engine",
            "render",
            "service",
        ],
    ),
    ("main", &["cli"]),
];

/// Words that must not occur, where they may, and why not elsewhere.
const FORBIDDEN: [(&[&str], &[&str], &str); 4] = [
    (
        &["Utc::now", "Local::now", "SystemTime::now"],
        // The simulator logs when a request really arrived.
        &["clock/", "contactnow/simulator"],
        "only the clock reads the wall clock",
    ),
    (
        &["Instant::now"],
        &["clock/", "contactnow/simulator"],
        "only the clock reads a clock",
    ),
    (
        &[
            "println!",
            "print!",
            "eprintln!",
            "eprint!",
            "stdout()",
            "stderr()",
            "dbg!",
        ],
        // The log is talk, and goes where talk goes.
        &["cli/", "main.rs", "service/logging"],
        "only the commands print",
    ),
    (
        &["process::exit", "todo!", "unimplemented!"],
        &[],
        "destructors must run, and nothing is a stub",
    ),
];

/// What the domain must not use: it is pure.
const NOT_IN_DOMAIN: [&str; 14] = [
    "serde",
    "tokio",
    "tracing",
    "reqwest",
    "rusqlite",
    "std::fs",
    "std::env",
    "std::net",
    "std::io",
    "std::process",
    "std::thread",
    "std::time",
    "Mutex",
    "RefCell",
];

const LONGEST_FILE: usize = 500;
const MEDIAN_FILE: usize = 200;

#[test]
fn every_file_keeps_to_its_floor() {
    let mut violations = Vec::new();
    for (path, text) in sources() {
        // Tests of a module in a file of their own.
        if path.ends_with("/tests.rs") {
            continue;
        }
        violations.extend(violations_of(&path, &text));
    }
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

#[test]
fn every_part_of_the_house_has_its_place_in_the_plan() {
    let parts: BTreeSet<String> = sources().iter().map(|(path, _)| part_of(path)).collect();
    let planned: BTreeSet<&str> = MAY_KNOW.iter().map(|(part, _)| *part).collect();
    for part in parts.iter().filter(|part| *part != "lib") {
        assert!(
            planned.contains(part.as_str()),
            "src/{part} is not in the plan"
        );
    }
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let sources = sources();
    let mut lengths = Vec::new();
    for (path, text) in &sources {
        if path != "main.rs" || text.lines().count() > 3 {
            assert!(
                text.starts_with("//!"),
                "src/{path} does not say what it is for"
            );
        }
        let length = text.lines().count();
        assert!(length <= LONGEST_FILE, "src/{path} has {length} lines");
        lengths.push(length);
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median < MEDIAN_FILE, "the median file has {median} lines");
}

#[test]
fn the_checker_sees_what_is_planted() {
    let planted = [
        ("domain/zone.rs", "use crate::store::Row;"),
        ("domain/zone.rs", "use super::super::store::Row;"),
        ("domain/deep/mod.rs", "use super::super::{config, store};"),
        ("domain/mod.rs", "pub use super::engine::Pass;"),
        (
            "domain/zone.rs",
            "use crate::{domain::zone, config::settings};",
        ),
        ("domain/zone.rs", "use {std::fmt,\n    crate::cli::run};"),
        (
            "domain/zone.rs",
            "fn f() -> crate::config::Config { todo() }",
        ),
        ("domain/zone.rs", "pub(in crate::engine) fn f() {}"),
        ("domain/zone.rs", "use serde::Deserialize;"),
        ("domain/zone.rs", "#[derive(serde::Serialize)] struct A;"),
        ("domain/zone.rs", "let now = Utc::now();"),
        ("domain/zone.rs", "let text = std::fs::read(path);"),
        ("domain/zone.rs", "use std::{fmt, fs};"),
        ("contactnow/client.rs", "use crate::store::row::Outcome;"),
        ("store/mod.rs", "use crate::clock::Clock;"),
        ("store/mod.rs", "println!(\"{}\", 1);"),
        ("engine/mod.rs", "use crate::render::text;"),
        ("engine/mod.rs", "let began = std::time::Instant::now();"),
        ("render/text.rs", "use crate::cli::Options;"),
        ("render/text.rs", "use crate::service::run;"),
        ("service/mod.rs", "use crate::cli::Options;"),
        ("clock/mod.rs", "use crate::config::Config;"),
        ("cli/run.rs", "let now = chrono::Utc::now();"),
        ("cli/run.rs", "std::process::exit(1)"),
        ("main.rs", "use todswitch::engine::run;"),
        (
            "domain/zone.rs",
            "#[cfg(test)]\nmod tests;\nuse crate::store::Row;",
        ),
        // A literal with a slash pair in it does not hide the rest of the line.
        ("store/mod.rs", "let a = \"http://x\"; crate::clock::now();"),
        ("store/mod.rs", "let a = '\"'; crate::clock::now();"),
        ("store/mod.rs", "/* a */ use crate::clock::Clock;"),
    ];
    for (path, text) in planted {
        assert!(!violations_of(path, text).is_empty(), "{path}: {text}");
    }
    let harmless = [
        (
            "domain/zone.rs",
            "use super::hours::Hours;\nuse crate::domain::Instant;",
        ),
        ("domain/deep/mod.rs", "use super::super::domain::zone;"),
        ("domain/zone.rs", "// as crate::store::Row has it; println!"),
        ("domain/zone.rs", "/* crate::store */ fn f() {}"),
        ("domain/zone.rs", "let a = \"crate::store, println!\";"),
        (
            "domain/zone.rs",
            "let a = r#\"use crate::store; \" println!\"#;",
        ),
        (
            "domain/zone.rs",
            "#[cfg(test)]\nmod tests {\n    use crate::store::Row;\n}",
        ),
        (
            "engine/mod.rs",
            "use crate::{clock::Clock, store, config::{self, Config}};",
        ),
        ("cli/run.rs", "println!(\"{}\", 1);"),
        ("clock/mod.rs", "Utc::now()"),
        ("main.rs", "todswitch::cli::main()"),
    ];
    for (path, text) in harmless {
        assert_eq!(violations_of(path, text), Vec::<String>::new(), "{path}");
    }
}

/// What is wrong with one file. `path` is below `src`.
fn violations_of(path: &str, text: &str) -> Vec<String> {
    let code = code_of(text);
    let part = part_of(path);
    let mut violations = Vec::new();
    if let Some((_, allowed)) = MAY_KNOW.iter().find(|(name, _)| *name == part) {
        for other in references(path, &code) {
            let planned = MAY_KNOW.iter().any(|(name, _)| *name == other);
            if planned && other != part && !allowed.contains(&other.as_str()) {
                violations.push(format!("src/{path}: {part} must not know {other}"));
            }
        }
    }
    for (words, places, why) in FORBIDDEN {
        let excepted = places.iter().any(|place| path.starts_with(place));
        for word in words
            .iter()
            .filter(|word| !excepted && has_word(&code, word))
        {
            violations.push(format!("src/{path}: {word} ({why})"));
        }
    }
    if part == "domain" {
        let flat = flattened(&code);
        for word in NOT_IN_DOMAIN {
            if has_word(&code, word) || flat.iter().any(|path| path.starts_with(word)) {
                violations.push(format!("src/{path}: {word} (the domain is pure)"));
            }
        }
    }
    violations
}

/// The parts of the crate that code names.
fn references(path: &str, code: &str) -> BTreeSet<String> {
    // How many `super::` lead out of a module of this file to the crate.
    let module_depth = match path.strip_suffix(".rs").unwrap_or(path) {
        path if path.ends_with("/mod") => path.matches('/').count(),
        path => path.matches('/').count() + 1,
    };
    let to_root = "super::".repeat(module_depth);
    let mut found = BTreeSet::new();
    for name in flattened(code) {
        let below = ["crate::", "todswitch::", &to_root].map(|root| name.strip_prefix(root));
        for below in below.into_iter().flatten() {
            let part = below.split("::").next().unwrap_or_default();
            found.insert(part.to_owned());
        }
    }
    found
}

/// Every path of the code, the braces of `use a::{b, c::d}` multiplied out.
fn flattened(code: &str) -> Vec<String> {
    let code: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paths = Vec::new();
    // The prefixes that open braces stand for; a brace of a block stands for none.
    let mut prefixes: Vec<String> = Vec::new();
    let mut path = String::new();
    for letter in code.chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | ':' => path.push(letter),
            '{' => {
                let within = prefixes.last().cloned().unwrap_or_default();
                let opens_list = path.ends_with("::") || path.is_empty() && !within.is_empty();
                let prefix = if opens_list {
                    within + &path
                } else {
                    String::new()
                };
                prefixes.push(prefix);
                path.clear();
            }
            _ => {
                if !path.is_empty() {
                    let within = prefixes.last().cloned().unwrap_or_default();
                    paths.push(within + &std::mem::take(&mut path));
                }
                if letter == '}' {
                    prefixes.pop();
                }
            }
        }
    }
    paths.push(path);
    paths
}

/// Whether the word occurs and is no part of a longer name.
fn has_word(code: &str, word: &str) -> bool {
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let ends = !word.ends_with(is_name) || !after.is_some_and(is_name);
        !before.is_some_and(is_name) && ends
    })
}

/// The text without comments, the insides of literals, and everything from `#[cfg(test)]` on.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skipped = if begins_tests(rest) {
            break;
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_string(rest) {
            let close = format!("\"{}", "#".repeat(hashes));
            let open = hashes + 2;
            let end = rest[open..].find(&close);
            end.map_or(rest.len(), |end| open + end + close.len())
        } else if rest.starts_with('"') {
            literal(rest, '"')
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\") {
            literal(rest, '\'')
        } else {
            code.push(letter);
            rest = &rest[letter.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[skipped..];
    }
    code
}

/// Whether the tests of a file begin here: all that comes after is theirs.
fn begins_tests(text: &str) -> bool {
    let module = text.strip_prefix("#[cfg(test)]").map(str::trim_start);
    module.is_some_and(|rest| {
        let head = rest.split(['{', ';']).next().unwrap_or_default();
        rest.starts_with("mod ") && rest[head.len()..].starts_with('{')
    })
}

/// The number of `#` of a raw string that begins here.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// The length of a literal that begins here, both quotes included.
fn literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The part of the house a file belongs to: its folder below `src`, or its own name.
fn part_of(path: &str) -> String {
    let first = path.split('/').next().unwrap_or(path);
    first.trim_end_matches(".rs").to_owned()
}

/// Every file below `src`, by its path there.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let below = path.strip_prefix(&root).unwrap();
                let below = below.to_str().unwrap().replace('\\', "/");
                found.push((below, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}
