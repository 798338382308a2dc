//! The HTTP interface: the rows of the route table, the layers around them, and what operations read and answer with.

mod both;
mod error;
mod fault;
pub mod json;
mod line;
mod media_type;
pub mod path;
mod places;
pub mod precondition;
pub mod query;
mod respond;

use std::net::IpAddr;

use axum::{
    Router,
    handler::Handler,
    middleware,
    routing::{MethodFilter, MethodRouter, on},
};
use http::Method;
pub use http::StatusCode;

use self::line::Outcome;
pub use self::{
    both::{Both, Headers, ReadHeaders},
    error::{ApiError, Problem, problems},
    fault::Fault,
    json::MAX_BODY,
    line::WithoutWork,
    media_type::AcceptedCodings,
    places::Places,
    respond::Settings,
};
use crate::{stage::Stage, telemetry::metric::Metric};

/// The IP address of the client. The receiver of the request puts it into the request's extensions. It comes from the
/// connection or the gateway, because a client can write anything into a header.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// The id of a request. The receiver of the request puts it into its extensions; a request that comes without one is
/// given a random one.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The id of the AWS X-Ray trace that a request belongs to. The receiver of the request puts it into its extensions.
#[derive(Debug, Clone)]
pub struct TraceId(pub String);

/// The stage that a request was sent to. The receiver of the request puts it into the request's extensions, if the
/// gateway names it. It never selects the data: it must be the function's own stage.
#[derive(Debug, Clone, Copy)]
pub struct RequestStage(pub Stage);

/// A row of the route table: an operation of `openapi.yaml` and the handler that carries it out, which has the state `S`.
#[derive(Debug, Clone)]
pub struct Route<S = ()> {
    /// The HTTP method.
    pub method: Method,
    /// The path without the stage's name. `{name}` matches any one segment; a path without such a segment takes precedence.
    pub path: &'static str,
    /// The `operationId`; the handler has the same name in snake case.
    pub operation: &'static str,
    counts: Vec<(Outcome, Metric)>,
    handler: MethodRouter<S>,
}

impl<S: Clone + Send + Sync + 'static> Route<S> {
    /// A row with this method, which is one of those that the API has.
    fn new<H: Handler<T, S>, T: 'static>(
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        operation: &'static str,
        handler: H,
    ) -> Self {
        Self {
            method,
            path,
            operation,
            counts: Vec::new(),
            handler: on(filter, handler),
        }
    }

    /// An operation with the method GET.
    #[rustfmt::skip]
    pub fn get<H: Handler<T, S>, T: 'static>(path: &'static str, operation: &'static str, handler: H) -> Self {
        Self::new(Method::GET, MethodFilter::GET, path, operation, handler)
    }

    /// An operation with the method POST.
    #[rustfmt::skip]
    pub fn post<H: Handler<T, S>, T: 'static>(path: &'static str, operation: &'static str, handler: H) -> Self {
        Self::new(Method::POST, MethodFilter::POST, path, operation, handler)
    }

    /// An operation with the method PUT.
    #[rustfmt::skip]
    pub fn put<H: Handler<T, S>, T: 'static>(path: &'static str, operation: &'static str, handler: H) -> Self {
        Self::new(Method::PUT, MethodFilter::PUT, path, operation, handler)
    }

    /// An operation with the method PATCH.
    #[rustfmt::skip]
    pub fn patch<H: Handler<T, S>, T: 'static>(path: &'static str, operation: &'static str, handler: H) -> Self {
        Self::new(Method::PATCH, MethodFilter::PATCH, path, operation, handler)
    }

    /// An operation with the method DELETE.
    #[rustfmt::skip]
    pub fn delete<H: Handler<T, S>, T: 'static>(path: &'static str, operation: &'static str, handler: H) -> Self {
        Self::new(Method::DELETE, MethodFilter::DELETE, path, operation, handler)
    }

    /// The operation, with the metric that counts how often it was carried out.
    #[must_use]
    pub fn counting_done(mut self, metric: Metric) -> Self {
        self.counts.push((Outcome::Done, metric));
        self
    }

    /// The operation, with the metric that counts how often it created something. Call it before
    /// [`counting_done`](Self::counting_done), which then counts the other times.
    #[must_use]
    pub fn counting_created(mut self, metric: Metric) -> Self {
        self.counts.push((Outcome::Created, metric));
        self
    }

    /// The operation, with the metric that counts how often the proof of identity that a caller sent was not accepted.
    #[must_use]
    pub fn counting_refusals(mut self, metric: Metric) -> Self {
        self.counts.push((Outcome::Refused, metric));
        self
    }

    /// The operation, carried out while there is a place for it.
    #[must_use]
    pub fn within(mut self, places: &Places) -> Self {
        let take = middleware::from_fn_with_state(places.clone(), places::take);
        self.handler = self.handler.route_layer(take);
        self
    }

    /// The operation with its state.
    pub fn with_state(self, state: &S) -> Route {
        Route {
            method: self.method,
            path: self.path,
            operation: self.operation,
            counts: self.counts,
            handler: self.handler.with_state(state.clone()),
        }
    }
}

/// The service of a route table. Paths are those of the table, without the stage's name.
pub fn router(settings: Settings, table: Vec<Route>) -> Router {
    let surroundings = respond::Surroundings::new(settings, &table);
    let router = table
        .into_iter()
        .fold(Router::new(), |router, route| {
            router.route(route.path, route.handler)
        })
        .fallback(async || ApiError::from(problems::NO_ROUTE))
        // axum adds `Allow`.
        .method_not_allowed_fallback(async || ApiError::from(problems::METHOD_NOT_ALLOWED));
    surroundings.around(router)
}
