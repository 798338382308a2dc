//! The way of an event through the function: what API Gateway sends becomes a request of the router, and the router's
//! answer becomes what API Gateway expects.

mod event;
mod request;

use std::convert::Infallible;

use lambda_http::{
    Adapter, LambdaEvent, Request,
    request::LambdaRequest,
    tower::{Service, ServiceBuilder},
};
use serde::Serialize;

/// The service of API Gateway's events around the service of a request.
pub fn events<S>(
    router: S,
) -> impl Service<LambdaEvent<LambdaRequest>, Response = impl Serialize, Error = Infallible, Future: Send>
where
    S: Service<
            Request,
            Error = Infallible,
            Response: lambda_http::IntoResponse,
            Future: Send + 'static,
        > + 'static,
{
    let requests = ServiceBuilder::new()
        .map_request(request::prepare)
        .service(router);
    ServiceBuilder::new()
        .map_request(event::correct)
        .service(Adapter::from(requests))
}
