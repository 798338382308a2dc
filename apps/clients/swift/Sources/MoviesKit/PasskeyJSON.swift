import Foundation

// The JSON forms of Web Authentication (level 3) that Apple's frameworks do not read and write
// themselves.

/// `PublicKeyCredentialCreationOptionsJSON`, as far as a platform passkey needs it.
struct PasskeyCreationOptions: Decodable {
    struct RelyingParty: Decodable {
        let id: String?
    }

    struct User: Decodable {
        let id: String
        let name: String
    }

    let rp: RelyingParty
    let user: User
    let challenge: String
    let excludeCredentials: [PasskeyDescriptor]?
}

/// `PublicKeyCredentialRequestOptionsJSON`, as far as a platform passkey needs it.
struct PasskeyRequestOptions: Decodable {
    let rpId: String?
    let challenge: String
    let allowCredentials: [PasskeyDescriptor]?
}

/// `PublicKeyCredentialDescriptorJSON`.
struct PasskeyDescriptor: Decodable {
    let id: String
}

/// `RegistrationResponseJSON` or `AuthenticationResponseJSON`, by its response.
struct PasskeyCredential<Response: Encodable>: Encodable {
    let id: String
    let rawId: String
    let type = "public-key"
    let authenticatorAttachment = "platform"
    let clientExtensionResults: [String: String] = [:]
    let response: Response

    init(id: Data, response: Response) {
        self.id = base64URL(id)
        rawId = base64URL(id)
        self.response = response
    }

    /// The JSON text.
    func text() throws -> String {
        String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
    }
}

/// `AuthenticatorAttestationResponseJSON`.
struct PasskeyAttestation: Encodable {
    let clientDataJSON: String
    let attestationObject: String
    let transports = ["internal"]

    init(clientData: Data, attestationObject: Data) {
        clientDataJSON = base64URL(clientData)
        self.attestationObject = base64URL(attestationObject)
    }
}

/// `AuthenticatorAssertionResponseJSON`.
struct PasskeyAssertion: Encodable {
    let clientDataJSON: String
    let authenticatorData: String
    let signature: String
    let userHandle: String

    init(clientData: Data, authenticatorData: Data, signature: Data, userHandle: Data) {
        clientDataJSON = base64URL(clientData)
        self.authenticatorData = base64URL(authenticatorData)
        self.signature = base64URL(signature)
        self.userHandle = base64URL(userHandle)
    }
}
