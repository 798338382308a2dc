//! The request bodies and queries of the signed-in user's operations.

use std::{collections::BTreeMap, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;
use kit::{
    belongings::Fate,
    http::{
        ApiError, Fault,
        json::{Members, ReadMembers, text},
        query::{self, Parameters, ReadParameters},
    },
    value::Invalid,
};

use crate::{Accounts, identity::Name};

pub(in crate::http) struct UpdateProfileRequest {
    /// `None` removes the name.
    pub(super) name: Option<Name>,
}

impl ReadMembers for UpdateProfileRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let given = members.has("name");
        let mut clear = members.take_clear();
        if !given && clear.is_empty() {
            members.refuse(Fault::new(
                "name",
                "required",
                "is required, or `clear` to remove it",
            ));
        }
        let mut name = members.take_change("name", text(Name::parse));
        clear.remove("name", &mut name, members);
        clear.refuse_the_rest(members);
        Some(Self {
            name: name.into_value(),
        })
    }
}

/// The member `deviceName`, which may be left out.
pub(in crate::http) struct DeviceName(pub(super) Option<Name>);

impl ReadMembers for DeviceName {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        Some(Self(members.take("deviceName", text(Name::parse))))
    }
}

pub(in crate::http) struct ExportMyDataRequest {
    pub(super) cursor: Option<String>,
}

impl ReadParameters for ExportMyDataRequest {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let cursor = parameters.take("cursor", |text| Ok(text.to_owned()));
        Some(Self { cursor })
    }
}

/// The query of a deletion: the fate of each type of belongings that may stay, by the word for them. What the query does not
/// name is deleted, unless it has to be named.
pub(in crate::http) struct Fates(BTreeMap<&'static str, Fate>);

impl Fates {
    pub(super) fn of(&self, belongings: &str) -> Fate {
        self.0.get(belongings).copied().unwrap_or(Fate::Delete)
    }
}

impl FromRequestParts<Arc<Accounts>> for Fates {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        accounts: &Arc<Accounts>,
    ) -> Result<Self, ApiError> {
        let all = accounts.belongings.iter();
        let may_stay = all.filter(|belongings| belongings.may_stay());
        let fates = query::read(&parts.uri, |parameters| {
            let fates = may_stay.map(|belongings| {
                let name = belongings.name();
                let fate = if belongings.fate_is_asked() {
                    parameters.take_required(name, fate)?
                } else {
                    parameters.take(name, fate).unwrap_or(Fate::Delete)
                };
                Some((name, fate))
            });
            // All are read, so that every fault is told.
            let fates: Vec<_> = fates.collect();
            fates.into_iter().collect()
        });
        fates.map(Self)
    }
}

fn fate(text: &str) -> Result<Fate, Invalid> {
    match text {
        "delete" => Ok(Fate::Delete),
        "disown" => Ok(Fate::Disown),
        _ => Err(Invalid::Malformed("`delete` or `disown`")),
    }
}
