//! The certificate authority of `cargo dev --tls`: iOS and Android refuse plain HTTP unless an app allows it.
//!
//! The authority is stored with the data, so that it is installed on a phone only once. The certificate of the server
//! is made at each start and not stored. It meets Apple's rules ("Requirements for trusted certificates in iOS 13 and
//! macOS 10.15"): subject alternative names, server authentication, and a lifetime of less than 825 days.

use std::{fs, io::Write as _, net::IpAddr, path::Path, sync::Arc};

use kit::store::BoxError;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use service::nouns::NAME;
use tempfile::NamedTempFile;
use time::{Duration, OffsetDateTime};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig, crypto::aws_lc_rs::default_provider, pki_types::PrivateKeyDer,
        pki_types::PrivatePkcs8KeyDer,
    },
};

use super::{HostName, folder::make_private, host};

const LIFE_OF_AUTHORITY: Duration = Duration::days(3_650);
const LIFE_OF_CERTIFICATE: Duration = Duration::days(397);
/// The certificates are valid a day early, because clocks differ.
const BEFORE: Duration = Duration::days(1);

/// A certificate authority.
pub(super) struct Authority {
    /// Its certificate in PEM, which clients have to trust.
    pub(super) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new authority, which is lost when the server stops.
    pub(super) fn in_memory(now: OffsetDateTime) -> Result<Self, BoxError> {
        let (pem, key) = generate(now)?;
        Self::read(pem, &key)
    }

    /// The authority in a folder, created if it is missing.
    pub(super) fn in_folder(folder: &Path, now: OffsetDateTime) -> Result<Self, BoxError> {
        let (certificate, key_file) = (folder.join("ca.crt"), folder.join("ca.key"));
        make_private(folder)?;
        // The certificate is written last: without it, nobody trusts the key yet.
        if !certificate.try_exists()? {
            let (pem, key) = generate(now)?;
            // A temporary file is one that no other user can read, from its first byte on.
            let mut new = NamedTempFile::new_in(folder)?;
            new.write_all(key.as_bytes())?;
            new.persist(&key_file)?;
            fs::write(&certificate, pem)?;
        }
        let pem = fs::read_to_string(&certificate)?;
        Self::read(pem, &fs::read_to_string(&key_file)?)
    }

    fn read(pem: String, key: &str) -> Result<Self, BoxError> {
        let issuer = Issuer::from_ca_cert_pem(&pem, KeyPair::from_pem(key)?)?;
        Ok(Self { pem, issuer })
    }

    /// Accepts TLS connections with a new certificate for these addresses and names, besides those that this machine
    /// always has.
    pub(super) fn acceptor(
        &self,
        addresses: &[IpAddr],
        names: &[HostName],
        now: OffsetDateTime,
    ) -> Result<TlsAcceptor, BoxError> {
        let addresses = host::ADDRESSES.iter().chain(addresses);
        let mut all: Vec<String> = addresses.map(ToString::to_string).collect();
        all.push(host::LOCALHOST.to_owned());
        all.extend(names.iter().map(|name| name.as_str().to_owned()));
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(all)?;
        params.not_before = now - BEFORE;
        params.not_after = now + LIFE_OF_CERTIFICATE;
        params
            .distinguished_name
            .push(DnType::CommonName, format!("{NAME} API on this machine"));
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer)?;

        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// A certificate and its key, in PEM.
fn generate(now: OffsetDateTime) -> Result<(String, String), BoxError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.not_before = now - BEFORE;
    params.not_after = now + LIFE_OF_AUTHORITY;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // A phone lists authorities by name, so those of two folders must differ.
    let date = now.date();
    let number = uuid::Uuid::new_v4().simple().to_string();
    let name = format!("{NAME} API development {date} {}", &number[..8]);
    params.distinguished_name.push(DnType::CommonName, name);
    let authority = CertifiedIssuer::self_signed(params, &key)?;
    Ok((authority.pem(), key.serialize_pem()))
}
