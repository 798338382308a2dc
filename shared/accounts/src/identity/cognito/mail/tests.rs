use super::*;

#[test]
fn after_a_used_up_quota_everybody_is_refused_for_a_minute() {
    let quota = Refusal::of(
        "LimitExceededException",
        "Exceeded daily email limit for the operation or the account.",
    );
    let mail = Mail::default();
    let begun = Instant::now();
    let left = |seconds| match mail.check_at(begun + Duration::from_secs(seconds)) {
        Ok(()) => None,
        Err(IdentityError::EmailQuota { retry_after }) => Some(retry_after.as_secs()),
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(left(0), None);
    let first = mail.settle_at(&quota, &["LimitExceededException"], begun);
    assert!(
        matches!(first, Err(IdentityError::EmailQuota { .. })),
        "{first:?}"
    );
    assert_eq!([left(0), left(59), left(60)], [Some(60), Some(1), None]);
}

#[test]
fn an_accounts_own_limit_is_no_quota() {
    let limit = Refusal::of("LimitExceededException", "Attempt limit exceeded.");
    let mail = Mail::default();
    mail.settle(&limit, &["LimitExceededException"]).unwrap();
    mail.check().unwrap();
    let told = mail.settle(&limit, &[]);
    assert!(
        matches!(told, Err(IdentityError::TooManyAttempts { .. })),
        "{told:?}"
    );
    mail.check().unwrap();
}
