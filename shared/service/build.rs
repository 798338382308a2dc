//! Picks the certificates of Amazon Trust Services from Mozilla's list of root certificates, for `aws::Trust::Amazon`.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by its environment"
)]

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// All that vouch for the endpoints of AWS, by what their subjects contain (<https://www.amazontrust.com/repository/>).
const AUTHORITIES: [&str; 5] = [
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut pem = String::new();
    for name in AUTHORITIES {
        let mut found = webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .filter(|root| {
                let mut parts = root.windows(name.len());
                parts.any(|part| part == name.as_bytes())
            });
        let (Some(root), None) = (found.next(), found.next()) else {
            return Err(format!("{name} is not in the list of root certificates once").into());
        };
        let text = STANDARD.encode(root);
        writeln!(
            pem,
            "-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----"
        )?;
    }
    let folder = env::var_os("OUT_DIR").ok_or("no OUT_DIR")?;
    fs::write(Path::new(&folder).join("amazon.pem"), pem)?;
    Ok(())
}
