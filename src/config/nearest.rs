//! "Did you mean": the known name nearest to one that is not known.

/// The nearest of the names, where one is near enough to be meant. Letter case never counts.
pub fn nearest<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wrong = wrong.to_lowercase();
    let limit = (wrong.chars().count() / 3).max(1);
    let distances = names.into_iter().map(|name| {
        let lower = name.to_lowercase();
        (strsim::damerau_levenshtein(&wrong, &lower), name)
    });
    let near = distances
        .filter(|(distance, name)| *distance <= limit || is_beginning(&wrong, name))
        .min_by_key(|(distance, _)| *distance);
    near.map(|(_, name)| name)
}

/// Whether the name was only begun: `password` for `password_file`.
fn is_beginning(wrong: &str, name: &str) -> bool {
    const LONG_ENOUGH: usize = 4;
    wrong.len() >= LONG_ENOUGH && name.to_lowercase().starts_with(wrong)
}

/// The hint for a name that is not known: the nearest, or all of a few.
pub fn hint<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str> + Clone) -> Option<String> {
    if let Some(name) = nearest(wrong, names.clone()) {
        return Some(format!("did you mean `{name}`?"));
    }
    const FEW: usize = 12;
    let all: Vec<String> = (names.into_iter().take(FEW + 1))
        .map(|name| format!("`{name}`"))
        .collect();
    match all.len() {
        0 => None,
        1 => Some(format!("{} is known here", all[0])),
        2..=FEW => Some(format!("known here: {}", all.join(", "))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_where_it_is_near() {
        let names = ["Europe/London", "Europe/Lisbon", "America/New_York"];
        assert_eq!(nearest("Europe/Londn", names), Some("Europe/London"));
        assert_eq!(nearest("europe/london", names), Some("Europe/London"));
        assert_eq!(nearest("Mars", names), None);
        let keys = ["username", "password_file"];
        assert_eq!(nearest("password", keys), Some("password_file"));
        assert_eq!(nearest("opne", ["open", "closed"]), Some("open"));
    }
}
