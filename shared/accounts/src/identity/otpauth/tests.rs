use super::*;

#[test]
fn an_address_with_special_characters_survives() {
    assert_eq!(
        otpauth_uri("My app", &"JBSWY3DPEHPK3PXP".into(), "ada+b@example.com"),
        "otpauth://totp/My%20app:ada%2Bb%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=My%20app"
    );
}
