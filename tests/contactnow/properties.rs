//! Laws of both readers: they never panic, and never report success on an answer that lacks it.

use std::fs;

use proptest::prelude::*;
use todswitch::contactnow::Format;
use todswitch::contactnow::wire::{Answer, read_answer};

use crate::answers::folder;

type Question = fn(Answer) -> bool;

/// Whether any question is answered with success.
fn succeeds(format: Format, body: &[u8]) -> bool {
    let questions: [Question; 7] = [
        |answer| answer.policies().is_ok(),
        |answer| answer.written(1).is_ok(),
        |answer| answer.created().is_ok(),
        |answer| answer.token().is_ok(),
        |answer| answer.validated().is_ok(),
        |answer| answer.queues().is_ok(),
        |answer| answer.rows().is_ok(),
    ];
    let asked = |question: &Question| read_answer(format, body).is_ok_and(question);
    // All are asked, so that none of them panics unseen.
    questions.iter().filter(|question| asked(question)).count() > 0
}

fn format() -> impl Strategy<Value = Format> {
    prop_oneof![Just(Format::Json), Just(Format::Xml)]
}

/// The fields of a good answer, to which one fault is added.
fn spell(format: Format, fields: &[(String, String)]) -> Vec<u8> {
    let text: String = match format {
        Format::Json => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| {
                    format!("\"{name}\":{}", serde_json::Value::from(value.as_str()))
                })
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Format::Xml => {
            let fields: String = fields
                .iter()
                .map(|(name, value)| format!("<{name}>{value}</{name}>"))
                .collect();
            format!("<result>{fields}</result>")
        }
    };
    text.into_bytes()
}

fn good() -> Vec<(String, String)> {
    [
        ("success", "1"),
        ("total", "1"),
        ("bad", "0"),
        ("key", "7"),
        ("token", "abc"),
        ("expire", "1307975676"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn seeds(format: Format) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder(format)).unwrap();
    files
        .map(|file| fs::read(file.unwrap().path()).unwrap())
        .collect()
}

#[test]
fn a_good_answer_is_good() {
    for format in [Format::Json, Format::Xml] {
        assert!(succeeds(format, &spell(format, &good())));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(format in format(), body in prop::collection::vec(any::<u8>(), 0..300)) {
        succeeds(format, &body);
    }

    #[test]
    fn any_damage_to_a_known_answer_is_read_without_panic(
        format in format(),
        pick in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..6),
    ) {
        let seeds = seeds(format);
        let mut body = pick.get(&seeds).clone();
        for (place, byte, how) in damage {
            if body.is_empty() {
                break;
            }
            let place = place.index(body.len());
            match how {
                0 => body[place] = byte,
                1 => body.truncate(place),
                _ => body.insert(place, byte),
            }
        }
        succeeds(format, &body);
    }

    #[test]
    fn without_success_nothing_succeeds(
        format in format(),
        success in prop::option::of("(0|false|no|2|-1|| |null|11)"),
        place in 0_usize..6,
    ) {
        let mut fields = good();
        fields.remove(0);
        if let Some(success) = success {
            fields.insert(place.min(fields.len()), ("success".into(), success));
        }
        prop_assert!(!succeeds(format, &spell(format, &fields)));
    }

    #[test]
    fn with_an_error_or_a_bad_record_nothing_succeeds(
        format in format(),
        fault in prop_oneof![
            ("[a-zA-Z0-9 ]{0,20}[a-z]").prop_map(|words| ("error", words)),
            (1_u32..).prop_map(|bad| ("bad", bad.to_string())),
            (i32::MIN..0).prop_map(|expire| ("expire", expire.to_string())),
        ],
        place in 0_usize..6,
    ) {
        let mut fields = good();
        fields.retain(|(name, _)| name != fault.0);
        fields.insert(place.min(fields.len()), (fault.0.to_owned(), fault.1));
        prop_assert!(!succeeds(format, &spell(format, &fields)));
    }
}

#[test]
fn a_cut_json_answer_never_succeeds() {
    for seed in good_seeds() {
        let body = seed.trim_ascii();
        for cut in 0..body.len() {
            let cut = &body[..cut];
            assert!(
                !succeeds(Format::Json, cut),
                "{}",
                String::from_utf8_lossy(cut)
            );
        }
    }
}

fn good_seeds() -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder(Format::Json))
        .unwrap()
        .map(|file| file.unwrap());
    let good = files.filter(|file| file.file_name().to_string_lossy().contains("--ok--"));
    good.map(|file| fs::read(file.path()).unwrap()).collect()
}
