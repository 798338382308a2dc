//! The cursor of a page: any text, and a cursor that someone made of any text, because its checksum is no secret.

use http::Method;
use kit::{
    page::{Filter, NotACursor, read_cursor, read_owner_cursor, write_cursor, write_owner_cursor},
    resource::{Key, KeyPart, Resource, ScalarType},
    user::UserId,
    value::LinePrefix,
};
use movies::{Movie, MovieKey, Year};
use service::{
    Operation,
    nouns::{self, NounVisitor},
};
use tests::api::encode;

use crate::{
    seal::{seal, tampered},
    world::{World, user},
};

/// A cursor that is read is written the same; one that was tampered with, or is of another listing, is refused; and a page
/// begins behind the cursor, whoever made it.
pub(crate) fn run(data: &[u8]) {
    nouns::visit(&mut Cursors(data));
    let (filter, query) = listing(data);
    let scope = match &filter {
        Filter::All => b"all".to_vec(),
        Filter::Partition(year) => format!("partition\0{year}\0").into_bytes(),
        Filter::Prefix(year, prefix) => {
            format!("partition\0{year}\0{}", prefix.as_str()).into_bytes()
        }
    };
    let made = seal(Movie::MANY, &scope, data);
    let behind = read_cursor::<Movie>(&filter, &made);
    if let Ok(key) = &behind {
        assert!(filter.matches(key), "{key:?} is not in {filter:?}");
        let written = write_cursor::<Movie>(&filter, key);
        assert_eq!(read_cursor::<Movie>(&filter, &written).as_ref(), Ok(key));
    }
    World::enter(|world| {
        let path = format!("/movies?{query}&cursor={made}");
        let answer = world.ask(Method::GET, &path, None).expect("a path");
        assert_eq!(
            answer.status,
            if behind.is_ok() { 200 } else { 400 },
            "{answer}"
        );
        // The places of a search have no form: any text is one that begins as the search does.
        let place = seal(Movie::MANY, b"search\0movies\0title\0", data);
        for cursor in [String::from_utf8_lossy(data).as_ref(), place.as_str()] {
            let path = format!("/movies?sort=title&cursor={}", encode(cursor));
            world.ask(Method::GET, &path, None).expect("a path");
        }
    });
}

/// A listing that the first byte chooses, and its query.
fn listing(data: &[u8]) -> (Filter<MovieKey>, &'static str) {
    let year = Year::parse(2016).expect("a year");
    match data.first().map_or(0, |byte| byte % 3) {
        0 => (Filter::All, "limit=2"),
        1 => (Filter::Partition(year), "limit=2&year=2016"),
        _ => {
            let prefix = LinePrefix::parse("1").expect("a prefix");
            (
                Filter::Prefix(year, prefix),
                "limit=2&year=2016&titlePrefix=1",
            )
        }
    }
}

/// Reads cursors of the lists of each noun.
struct Cursors<'a>(&'a [u8]);

impl NounVisitor for Cursors<'_> {
    fn noun<R: Resource>(&mut self, _: &[Operation]) {
        let Self(data) = self;
        let user = user();
        if let Ok(text) = str::from_utf8(data) {
            let read = read_cursor::<R>(&Filter::All, text);
            if let Ok(key) = read {
                assert_eq!(write_cursor::<R>(&Filter::All, &key), text, "{key:?}");
            }
            // Only this process makes cursors of its user, and none is in the corpus.
            assert_eq!(read_owner_cursor::<R>(&user, text), Err(NotACursor));
        }
        let Some(key) = key::<R::Key>(data) else {
            return;
        };
        let cursor = write_owner_cursor::<R>(&user, &key);
        assert_eq!(read_owner_cursor::<R>(&user, &cursor), Ok(key.clone()));
        let others = UserId::new("somebody-else");
        assert_eq!(read_owner_cursor::<R>(&others, &cursor), Err(NotACursor));
        assert_eq!(read_cursor::<R>(&Filter::All, &cursor), Err(NotACursor));
        let cursor = write_cursor::<R>(&Filter::All, &key);
        assert_eq!(read_cursor::<R>(&Filter::All, &cursor), Ok(key.clone()));
        let one = Filter::Partition(key.partition().clone());
        assert_eq!(read_cursor::<R>(&one, &cursor), Err(NotACursor));
        let any = data.iter().map(|byte| usize::from(*byte)).sum();
        let tampered = tampered(&cursor, any);
        assert_eq!(read_cursor::<R>(&Filter::All, &tampered), Err(NotACursor));
    }
}

/// The key with this sort text.
pub(crate) fn key<K: Key>(data: &[u8]) -> Option<K> {
    let partition = match K::Partition::TYPE {
        ScalarType::Number => "2016",
        ScalarType::Text => crate::world::USER,
    };
    K::from_texts(partition, str::from_utf8(data).ok()?).ok()
}
