//! The example with pieces cut out and put in: whatever comes of it is told, and nothing panics.

use proptest::prelude::*;

use super::*;

fn example() -> String {
    std::fs::read_to_string(manifest("schedule.example.toml")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(200)
    })]

    #[test]
    fn a_damaged_file_never_panics_and_every_problem_has_its_line(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[\\PC\"=\\[\\]{}\n,0-9]{0,6}"), 1..6),
    ) {
        let mut chars: Vec<char> = example().chars().collect();
        for (at, length, insert) in cuts {
            let at = at.index(chars.len() + 1);
            let end = (at + length).min(chars.len());
            chars.splice(at..end, insert.chars());
        }
        let text: String = chars.into_iter().collect();
        let path = Path::new("damaged.toml");
        let found = match config::parse(&text, path, now(), &ZoneTable::embedded()) {
            Ok(loaded) => loaded.warnings,
            Err(ConfigError::Refused(found)) => {
                prop_assert!(found.iter().any(|one| one.severity == Severity::Error));
                found
            }
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        for one in found {
            let lines = text.split('\n').count();
            prop_assert!((1..=lines).contains(&(one.line as usize)), "{one}");
            prop_assert!(one.to_string().starts_with("damaged.toml:"));
        }
    }
}
