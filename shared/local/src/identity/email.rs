//! Changes the e-mail address of an account.

use accounts::identity::{Email, IdentityError, SignedInUser};
use secrecy::SecretString;

use super::{
    EmbeddedIdentity, codes,
    directory::{Account, Failure, Purpose, Tables},
    letters::{self, Says},
    passwords,
    sessions::Claimed,
};

/// Mails a code to the new address. The work is the same whether or not the address belongs to another account.
pub(super) async fn change_email(
    on: &EmbeddedIdentity,
    user: &SignedInUser,
    current: &SecretString,
    to: &Email,
) -> Result<(), IdentityError> {
    let user = Claimed::by(user)?;
    let known = passwords::prove(on, &user, current).await?;
    let now = on.clock.now();
    on.limits.mail_of_user(&user.sub, now).await?;
    let may_mail = on.limits.may_mail(to.as_str(), now).await;
    let mut code = codes::new(now)?;
    let wanted = to.clone();
    let written = on.write(now, move |change| {
        let (email, mut account) = user.check_proved(change, &known, now)?;
        code.mailed = may_mail && !is_taken(change, wanted.as_str(), &account)?;
        account.pending_email = Some(wanted.as_str().to_owned());
        change.put_account(&email, &account)?;
        change.put_code(Purpose::VerifyEmail, &account.sub, &code)?;
        Ok((account.sub, code))
    });
    let (sub, code) = written.await?;
    if code.mailed {
        let code = Some(code.digits);
        letters::send(on, to.clone(), Some(sub), Says::VerifyEmail, code, now);
    } else if may_mail {
        letters::send(on, to.clone(), None, Says::WantedElsewhere, None, now);
    }
    Ok(())
}

/// Changes the address if the code is right. The groups move along, because they belong to the user.
pub(super) async fn verify_email(
    on: &EmbeddedIdentity,
    user: &SignedInUser,
    digits: &SecretString,
) -> Result<(), IdentityError> {
    let user = Claimed::by(user)?;
    let tally = on.limits.verifications.at(&user.sub, on.clock.now());
    let mut tally = tally.lock().await;
    let now = on.clock.now();
    tally.begin(now)?;
    let digits = digits.clone();
    let moved = on.write(now, move |change| {
        let (before, mut account) = user.check(change, now)?;
        let right = codes::guess(change, Purpose::VerifyEmail, &account.sub, &digits, now)?;
        let Some(to) = account.pending_email.take_if(|_| right) else {
            return Ok(Err(IdentityError::WrongCode));
        };
        if is_taken(change, &to, &account)? {
            return Err(IdentityError::WrongCode.into());
        }
        account.address_since = now;
        change.remove_account(&before, &account.sub)?;
        change.put_account(&to, &account)?;
        for group in change.leave_groups(&before)? {
            change.add_to_group(&to, &group)?;
        }
        Ok(Ok((before != to).then_some((before, account.sub))))
    });
    let moved = moved.await??;
    tally.right();
    if let Some((before, sub)) = moved {
        let before = letters::address(&before)?;
        letters::send(on, before, Some(sub), Says::AddressChanged, None, now);
    }
    Ok(())
}

/// True if an address belongs to another account.
fn is_taken(tables: &impl Tables, email: &str, by: &Account) -> Result<bool, Failure> {
    let owner = tables.account(email)?;
    Ok(owner.is_some_and(|owner| owner.sub != by.sub))
}
