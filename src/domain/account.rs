//! The live policies of an account as they were read, found by id or by description.
//!
//! Must not know how they were read, nor when.

use std::collections::HashMap;

use super::policy::{LivePolicy, SelectError, Selector, Uid};

/// Every live policy that was read.
#[derive(Debug, Clone, Default)]
pub struct Account {
    by_uid: HashMap<Uid, LivePolicy>,
    by_description: HashMap<String, Vec<Uid>>,
}

impl Account {
    /// Takes what was read. Of one id read twice the last stands.
    pub fn new(policies: Vec<LivePolicy>) -> Account {
        let mut account = Account::default();
        for policy in policies {
            account.put(policy);
        }
        account
    }

    /// Puts one record in place of the one with its id.
    pub fn put(&mut self, policy: LivePolicy) {
        let uid = policy.uid;
        let description = policy.description.clone();
        if let Some(old) = self.by_uid.insert(uid, policy)
            && let Some(uids) = self.by_description.get_mut(&old.description)
        {
            uids.retain(|other| *other != uid);
        }
        self.by_description
            .entry(description)
            .or_default()
            .push(uid);
    }

    /// Takes what was read of one record: nothing, where it is there no more.
    pub fn replace(&mut self, uid: Uid, read: Vec<LivePolicy>) {
        if let Some(old) = self.by_uid.remove(&uid)
            && let Some(uids) = self.by_description.get_mut(&old.description)
        {
            uids.retain(|other| *other != uid);
        }
        for policy in read {
            self.put(policy);
        }
    }

    /// The record with an id.
    pub fn policy(&self, uid: Uid) -> Option<&LivePolicy> {
        self.by_uid.get(&uid)
    }

    /// The record a selector means. Nothing is guessed.
    ///
    /// # Errors
    /// No record, or more than one.
    pub fn find(&self, selector: &Selector) -> Result<&LivePolicy, SelectError> {
        let uid = match selector {
            Selector::Uid(uid) => Some(*uid),
            Selector::Description(text) => match self.by_description.get(text).map(Vec::as_slice) {
                None | Some([]) => None,
                Some([uid]) => Some(*uid),
                Some(uids) => {
                    let mut uids = uids.to_vec();
                    uids.sort_unstable();
                    return Err(SelectError::Ambiguous {
                        selector: selector.clone(),
                        uids,
                    });
                }
            },
        };
        uid.and_then(|uid| self.policy(uid))
            .ok_or_else(|| SelectError::Missing(selector.clone()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_uid.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_uid.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::Action;
    use crate::domain::policy::LiveDefault;

    fn live(uid: u64, description: &str) -> LivePolicy {
        LivePolicy {
            uid: Uid(uid),
            description: description.into(),
            default: LiveDefault::Known(Action::Queue),
        }
    }

    fn by_name(text: &str) -> Selector {
        Selector::Description(text.into())
    }

    #[test]
    fn a_description_that_is_not_unique_selects_nothing() {
        let account = Account::new(vec![live(1, "Sales"), live(2, "Support"), live(3, "Sales")]);
        assert_eq!(account.find(&by_name("Support")).unwrap().uid, Uid(2));
        assert_eq!(account.find(&Selector::Uid(Uid(3))).unwrap().uid, Uid(3));
        let error = account.find(&by_name("Sales")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2 live policies have the description \"Sales\" (uids 1, 3)"
        );
        let error = account.find(&Selector::Uid(Uid(9))).unwrap_err();
        assert_eq!(error.to_string(), "no live policy has the uid 9");
    }

    #[test]
    fn a_record_read_again_replaces_the_old_one_and_its_name() {
        let mut account = Account::new(vec![live(1, "Sales"), live(3, "Sales")]);
        account.put(live(3, "Old sales"));
        assert_eq!(account.find(&by_name("Sales")).unwrap().uid, Uid(1));
        assert_eq!(account.find(&by_name("Old sales")).unwrap().uid, Uid(3));
        assert_eq!(account.len(), 2);
    }
}
