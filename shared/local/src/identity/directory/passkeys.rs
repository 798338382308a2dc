//! The passkeys of all accounts.

use redb::ReadableTable as _;

use super::{
    record::Passkey,
    tables::{Change, PASSKEY_OWNERS, PASSKEYS, Result, Tables as _},
};

/// A passkey as version 0.6.2 of `webauthn-rs` writes it.
#[cfg(test)]
pub(crate) const RECORDED: &str = r#"{"key":{"cred":{"cred_id":"QBipEhmlJYO7S6UO6h3alg","cred":{"type_":"ES256","key":{"EC_EC2":{"curve":"SECP256R1","x":"P2-f0ssOnacxfN3G25dGqzr8MYsOARSeRGT2-Urn4RE","y":"-Q3scwAjINveOTF5skUO7AH9bPL4BJ5PgKBwoWW5tDA"}}},"counter":0,"transports":null,"user_verified":true,"backup_eligible":true,"backup_state":true,"registration_policy":"required","extensions":{"cred_protect":"Ignored","hmac_create_secret":"NotRequested","appid":"NotRequested","cred_props":{"Unsigned":{"rk":true}}},"attestation":{"data":"None","metadata":"None"},"attestation_format":"none"}},"relying_party_id":"localhost","authenticator_attachment":"platform","transports":["internal","hybrid"],"since":1795933866943,"last_used_at":null}"#;

impl Change {
    /// True if any user has this passkey.
    pub(crate) fn is_passkey(&self, id: &str) -> Result<bool> {
        Ok(self.0.open_table(PASSKEY_OWNERS)?.get(id)?.is_some())
    }

    /// Keeps a passkey of a user.
    pub(crate) fn put_passkey(&self, sub: &str, id: &str, passkey: &Passkey) -> Result<()> {
        self.put(&PASSKEYS, (sub, id), passkey)?;
        self.0.open_table(PASSKEY_OWNERS)?.insert(id, sub)?;
        Ok(())
    }

    /// Removes a passkey of a user. True if there was one.
    pub(crate) fn remove_passkey(&self, sub: &str, id: &str) -> Result<bool> {
        let was = self
            .0
            .open_table(PASSKEYS.table)?
            .remove((sub, id))?
            .is_some();
        if was {
            self.0.open_table(PASSKEY_OWNERS)?.remove(id)?;
        }
        Ok(was)
    }

    /// Removes the passkeys of a user that are not wanted.
    pub(crate) fn retain_passkeys(
        &self,
        sub: &str,
        wanted: impl Fn(&Passkey) -> bool,
    ) -> Result<()> {
        for (id, passkey) in self.all_of(&PASSKEYS, sub)? {
            if !wanted(&passkey) {
                self.remove_passkey(sub, &id)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
