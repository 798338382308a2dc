use argon2::PasswordHasher as _;

use super::*;

#[test]
fn a_hash_fits_its_password_only() {
    let kept = hash(&"Correct-Horse-7-Battery".into()).unwrap();
    assert!(
        kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{kept}"
    );
    assert!(verify(&"Correct-Horse-7-Battery".into(), &kept));
    assert!(!verify(&"Correct-Horse-7-Batterz".into(), &kept));
    assert!(!verify(&"".into(), "not a hash"));
    assert_ne!(
        kept,
        hash(&"Correct-Horse-7-Battery".into()).unwrap(),
        "one salt"
    );
}

/// Hashes with other parameters than ours are verified, up to a limit.
#[test]
fn a_stored_hash_is_verified_with_its_own_parameters() {
    for (which, (m, t, p), fits) in [
        ("smaller", (8, 1, 1), true),
        ("more lanes", (64, 2, 4), true),
        ("larger than the buffer", (20_000, 1, 1), true),
        ("too much memory", (2 * 19_456 + 8, 1, 1), false),
        ("too many passes", (8, 9, 1), false),
        ("too many lanes", (64, 1, 5), false),
    ] {
        let params = Params::new(m, t, p, Some(24)).unwrap();
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let kept: PasswordHash = hasher
            .hash_password_with_salt(b"Correct-Horse-7-Battery", b"eight or more")
            .unwrap();
        let kept = kept.to_string();
        assert_eq!(
            verify(&"Correct-Horse-7-Battery".into(), &kept),
            fits,
            "{which}"
        );
        assert!(!verify(&"Correct-Horse-7-Batterz".into(), &kept), "{which}");
    }
}
