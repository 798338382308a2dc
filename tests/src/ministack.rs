//! Reads the mail that MiniStack sent.

use serde_json::Value;

/// The code, or the password, in the newest letter to an address.
pub async fn mailed(endpoint: &str, address: &str) -> Option<String> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.get(format!("{endpoint}/_ministack/ses/messages"));
    let text = answer.send().await.unwrap().text().await.unwrap();
    let boxes: Value = serde_json::from_str(&text).unwrap();
    let letters = boxes["messages"].as_object().unwrap().values();
    let letter = letters
        .flat_map(|letters| letters.as_array().unwrap())
        .filter(|letter| letter["To"][0] == address)
        .filter_map(|letter| letter["BodyText"].as_str())
        .next_back()?;
    // The last word of "Your verification code is 123456."
    let letter = letter.trim_end().trim_end_matches('.');
    letter.rsplit(' ').next().map(ToOwned::to_owned)
}
