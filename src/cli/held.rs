//! The holds that stand, from the store: for commands that show what will be.

use std::collections::HashMap;

use super::context::Context;
use crate::domain::policy::Hold;
use crate::store::{Store, StoreError};

/// Holds by the name of their policy.
pub(super) type Holds = HashMap<String, Vec<Hold>>;

/// The holds that stand. A store that cannot be read is told, and counts as one without any.
pub(super) fn holds(context: &Context) -> Holds {
    let store = Store::open_reader(&context.places.state_dir);
    match store.and_then(|store| store.holds_at(context.now)) {
        Ok(holds) => holds,
        Err(StoreError::NoStore(_)) => Holds::new(),
        Err(error) => {
            context.note(&format!(
                "holds are not shown, the store cannot be read: {error}"
            ));
            Holds::new()
        }
    }
}
