//! The ids by which a request is found again.

/// The id of a request. The receiver of the request puts it into its extensions; a request that comes without one is
/// given a random one.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The id of the AWS X-Ray trace that a request belongs to. The receiver of the request puts it into its extensions.
#[derive(Debug, Clone)]
pub struct TraceId(pub String);
