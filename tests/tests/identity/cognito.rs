//! A user pool such as `template.yaml` has, for one test.

use accounts::identity::{Email, cognito::AppClient, cognito::CognitoIdentity};
use aws_sdk_cognitoidentityprovider::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::{
        AccountRecoverySettingType, AttributeType, DeliveryMediumType, ExplicitAuthFlowsType,
        FeatureType, PasswordPolicyType, PreventUserExistenceErrorTypes, RecoveryOptionNameType,
        RecoveryOptionType, RefreshTokenRotationType, SoftwareTokenMfaConfigType,
        UserAttributeUpdateSettingsType, UserPoolMfaType, UserPoolPolicyType,
        UsernameAttributeType, UsernameConfigurationType, VerifiedAttributeType,
    },
};
use tests::emulator::Emulator;

#[derive(Debug, Clone)]
pub(crate) struct Pool {
    endpoint: String,
    client: Client,
    id: String,
    app_client: AppClient,
}

impl Pool {
    pub(crate) async fn create(endpoint: &str) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test suite"))
            .http_client(service::aws::http_client(&service::aws::connector(
                service::aws::Trust::System,
            )))
            .endpoint_url(endpoint)
            .build();
        let client = Client::from_conf(config);
        let id = create_pool(&client).await;
        let app = client
            .create_user_pool_client()
            .user_pool_id(&id)
            .client_name("tests")
            .explicit_auth_flows(ExplicitAuthFlowsType::AllowAdminUserPasswordAuth)
            .generate_secret(true)
            .prevent_user_existence_errors(PreventUserExistenceErrorTypes::Enabled)
            .enable_token_revocation(true)
            .refresh_token_rotation(
                RefreshTokenRotationType::builder()
                    .feature(FeatureType::Enabled)
                    .retry_grace_period_seconds(0)
                    .build()
                    .unwrap(),
            )
            .send()
            .await
            .unwrap();
        let made = app.user_pool_client.unwrap();
        Self {
            endpoint: endpoint.to_owned(),
            client,
            id,
            app_client: AppClient {
                id: made.client_id.unwrap(),
                secret: made.client_secret.unwrap().into(),
            },
        }
    }

    pub(crate) fn identity(&self) -> CognitoIdentity {
        let client = self.client.clone();
        CognitoIdentity::new(|| client, self.id.clone(), self.app_client.clone())
    }

    pub(crate) async fn invite(&self, email: &Email) {
        self.client
            .admin_create_user()
            .user_pool_id(&self.id)
            .username(email.as_str())
            .user_attributes(attribute("email", email.as_str()))
            .user_attributes(attribute("email_verified", "true"))
            .desired_delivery_mediums(DeliveryMediumType::Email)
            .send()
            .await
            .unwrap();
    }

    /// The code, or the password, in the newest letter to this address.
    pub(crate) async fn mailed(&self, email: &Email) -> Option<String> {
        match Emulator::named() {
            // moto mails nothing, and takes any code for the one of a sign-up.
            Emulator::Moto => Some("123456".to_owned()),
            _ => tests::ministack::mailed(&self.endpoint, email.as_str()).await,
        }
    }

    pub(crate) async fn drop(&self) {
        let deleted = self.client.delete_user_pool().user_pool_id(&self.id);
        deleted.send().await.unwrap();
    }
}

async fn create_pool(client: &Client) -> String {
    let policy = accounts::identity::PASSWORD_POLICY;
    let pool = client
        .create_user_pool()
        .pool_name("tests")
        .username_attributes(UsernameAttributeType::Email)
        .username_configuration(
            UsernameConfigurationType::builder()
                .case_sensitive(false)
                .build()
                .unwrap(),
        )
        .auto_verified_attributes(VerifiedAttributeType::Email)
        .user_attribute_update_settings(
            UserAttributeUpdateSettingsType::builder()
                .attributes_require_verification_before_update(VerifiedAttributeType::Email)
                .build(),
        )
        .account_recovery_setting(
            AccountRecoverySettingType::builder()
                .recovery_mechanisms(
                    RecoveryOptionType::builder()
                        .name(RecoveryOptionNameType::VerifiedEmail)
                        .priority(1)
                        .build()
                        .unwrap(),
                )
                .build(),
        )
        .policies(
            UserPoolPolicyType::builder()
                .password_policy(
                    PasswordPolicyType::builder()
                        .minimum_length(i32::try_from(policy.minimum_length).unwrap())
                        .require_lowercase(policy.require_lowercase)
                        .require_uppercase(policy.require_uppercase)
                        .require_numbers(policy.require_numbers)
                        .require_symbols(policy.require_symbols)
                        .build(),
                )
                .build(),
        )
        .send()
        .await
        .unwrap();
    let id = pool.user_pool.unwrap().id.unwrap();
    client
        .set_user_pool_mfa_config()
        .user_pool_id(&id)
        .mfa_configuration(UserPoolMfaType::Optional)
        .software_token_mfa_configuration(
            SoftwareTokenMfaConfigType::builder().enabled(true).build(),
        )
        .send()
        .await
        .unwrap();
    id
}

fn attribute(name: &str, value: &str) -> AttributeType {
    let attribute = AttributeType::builder().name(name).value(value);
    attribute.build().unwrap()
}
