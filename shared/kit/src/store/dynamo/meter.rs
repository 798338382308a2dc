//! Counts the capacity that DynamoDB reports for each call, for the [`tally`](crate::telemetry::tally) of the request.
//!
//! An interceptor, so that no call can forget it. The question is one member of a call, the answer one
//! of a result. DynamoDB does not say what a call cost that it refused.

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{
            AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
            BeforeTransmitInterceptorContextRef,
        },
    },
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        batch_write_item::{BatchWriteItemInput, BatchWriteItemOutput},
        delete_item::{DeleteItemInput, DeleteItemOutput},
        get_item::{GetItemInput, GetItemOutput},
        put_item::{PutItemInput, PutItemOutput},
        query::{QueryInput, QueryOutput},
        scan::{ScanInput, ScanOutput},
        transact_get_items::{TransactGetItemsInput, TransactGetItemsOutput},
        transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
        update_item::{UpdateItemInput, UpdateItemOutput},
    },
    types::{ConsumedCapacity, ReturnConsumedCapacity},
};
use aws_smithy_runtime_api::client::interceptors::{
    context::{Input, Output},
    dyn_dispatch_hint,
};

use crate::{store::BoxError, telemetry::tally};

/// Asks every call for its cost, and adds up the answers.
#[derive(Debug)]
pub(super) struct Meter;

/// The operations that the store uses, and what they consume.
macro_rules! metered {
    ($($input:ty, $output:ty => $units:ident;)+) => {
        fn ask(input: &mut Input) {
            $(if let Some(input) = input.downcast_mut::<$input>() {
                input.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
            } else)+ {}
        }

        fn add(output: &Output) {
            $(if let Some(output) = output.downcast_ref::<$output>() {
                if let Some(consumed) = &output.consumed_capacity {
                    tally::add(|used| used.$units += consumed.units());
                }
            } else)+ {}
        }
    };
}

metered! {
    BatchGetItemInput, BatchGetItemOutput => read_units;
    GetItemInput, GetItemOutput => read_units;
    QueryInput, QueryOutput => read_units;
    ScanInput, ScanOutput => read_units;
    TransactGetItemsInput, TransactGetItemsOutput => read_units;
    PutItemInput, PutItemOutput => write_units;
    UpdateItemInput, UpdateItemOutput => write_units;
    DeleteItemInput, DeleteItemOutput => write_units;
    TransactWriteItemsInput, TransactWriteItemsOutput => write_units;
    BatchWriteItemInput, BatchWriteItemOutput => write_units;
}

/// The cost of a call on one table, or on several.
trait Consumed {
    fn units(&self) -> f64;
}

impl Consumed for ConsumedCapacity {
    fn units(&self) -> f64 {
        self.capacity_units.unwrap_or_default()
    }
}

impl Consumed for Vec<ConsumedCapacity> {
    fn units(&self) -> f64 {
        self.iter().map(Consumed::units).sum()
    }
}

#[dyn_dispatch_hint]
impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        ask(context.input_mut());
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        tally::add(|used| used.store_calls += 1);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Ok(output) = context.output_or_error() {
            add(output);
        }
        Ok(())
    }
}
