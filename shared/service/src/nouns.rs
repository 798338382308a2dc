//! The nouns of the service: the one list of them, and what is made of it; and the name of the service itself.

use std::sync::Arc;

use kit::{
    belongings::Belongings,
    clock::Clock,
    files::{self, Files},
    http::{Problem, Route},
    operations::{Authenticate, Noun},
    resource::{Access, Key, KeyPart, Resource, ScalarType},
    store::{Store, StoreSource},
    telemetry::metric::Metric,
};

/// The name of the service, for people. Its metrics have it as their namespace.
pub const NAME: &str = "Movies";

/// The name of the service in its stack, its files and the realm of `WWW-Authenticate` challenges.
pub const REALM: &str = "movies";

/// The path of an operation that needs a token, for checks from outside.
pub const LIST: &str = "/movies";

/// Declares the nouns: the name of a store, the resource, and the function that gives its routes.
macro_rules! nouns {
    ($($name:ident: $Resource:path, $routes:path;)+) => {
        /// The stores of all nouns.
        #[derive(Clone)]
        pub struct Stores {
            $(
                #[doc = concat!("The store of ", stringify!($name), ".")]
                pub $name: Arc<dyn Store<$Resource>>,
            )+
            /// Their files.
            pub files: Arc<dyn Files>,
        }

        impl Stores {
            /// The stores that a source has, with these files.
            pub fn of(source: &impl StoreSource, files: Arc<dyn Files>) -> Self {
                Self {
                    $($name: files::store_of(source.store(), &files),)+
                    files,
                }
            }

            /// The belongings of users, of each noun.
            #[must_use]
            pub fn belongings(&self) -> Vec<Arc<dyn Belongings>> {
                vec![$(Arc::new(Arc::clone(&self.$name)),)+]
            }

            /// The operations of all nouns.
            pub(crate) fn routes(
                self,
                callers: &Arc<dyn Authenticate>,
                clock: &Arc<dyn Clock>,
            ) -> Vec<Route> {
                let mut all = Vec::new();
                $(
                    let noun = Noun {
                        store: self.$name,
                        files: Arc::clone(&self.files),
                        callers: Arc::clone(callers),
                        clock: Arc::clone(clock),
                    };
                    all.extend($routes().into_iter().map(|route| route.with_state(&noun)));
                )+
                all
            }
        }

        /// The facts of each noun.
        pub const NOUNS: &[NounFacts] = &[$(NounFacts::of::<$Resource>()),+];

        /// Visits each noun.
        pub fn visit(visitor: &mut impl NounVisitor) {
            $(
                let operations: Vec<_> = $routes().iter().map(crate::Operation::from).collect();
                visitor.noun::<$Resource>(&operations);
            )+
        }

        /// The operations of all nouns, without a state.
        pub(crate) fn operations() -> Vec<crate::Operation> {
            let mut all = Vec::new();
            $(all.extend($routes().iter().map(crate::Operation::from));)+
            all
        }
    };
}

nouns! {
    movies: movies::Movie, movies::routes;
    watchlist: watchlist::Entry, watchlist::routes;
    pictures: pictures::Picture, pictures::routes;
}

/// Does something with the type of each noun, for tools that know none of them.
pub trait NounVisitor {
    /// Visits a noun, which has these operations.
    fn noun<R: Resource>(&mut self, operations: &[crate::Operation]);
}

/// The facts of a noun that the service needs outside of its operations.
#[derive(Debug, Clone, Copy)]
pub struct NounFacts {
    /// The word for several, such as `movies`.
    pub many: &'static str,
    /// The names of the table's partition key and sort key.
    pub key: [&'static str; 2],
    /// The type of the partition key; the sort key is a text.
    pub partition: ScalarType,
    /// The names of the keys of the table's index `ByOwner`; `None` for a private noun, whose table has none.
    pub by_owner: Option<[&'static str; 2]>,
    /// The problems of its own.
    pub problems: &'static [Problem],
    /// The metrics of its writes.
    pub metrics: [Metric; 3],
}

impl NounFacts {
    const fn of<R: Resource>() -> Self {
        Self {
            many: R::MANY,
            key: [<R::Key as Key>::PARTITION, <R::Key as Key>::SORT],
            partition: <<R::Key as Key>::Partition as KeyPart>::TYPE,
            by_owner: match R::ACCESS {
                Access::Shared => Some([R::OWNER, <R::Key as Key>::SORT]),
                Access::Private => None,
            },
            // A private resource is added by a put, which replaces one that exists.
            problems: match R::ACCESS {
                Access::Shared => const { &[R::EXISTS, R::NOT_FOUND] },
                Access::Private if R::HAS_FILE => const { &[R::NOT_FOUND, files::NOT_OFFERED] },
                Access::Private => const { &[R::NOT_FOUND] },
            },
            metrics: [R::ADDED, R::UPDATED, R::DELETED],
        }
    }

    /// The logical name of the table in `template.yaml`, without the stage before it: `MoviesTable` for `movies`.
    #[must_use]
    pub fn table_resource(&self) -> String {
        let (first, rest) = self.many.split_at(1);
        format!("{}{rest}Table", first.to_ascii_uppercase())
    }

    /// The variable of the function's environment that names the table: `MOVIES_TABLE` for `movies`.
    #[must_use]
    pub fn table_variable(&self) -> String {
        format!("{}_TABLE", self.many.to_ascii_uppercase())
    }
}
