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
    operation,
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
    ($($operation:ident: $Input:ident, $Output:ident => $units:ident;)+) => {
        fn ask(input: &mut Input) {
            $(if let Some(input) = input.downcast_mut::<operation::$operation::$Input>() {
                input.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
            } else)+ {}
        }

        fn add(output: &Output) {
            $(if let Some(output) = output.downcast_ref::<operation::$operation::$Output>() {
                if let Some(consumed) = &output.consumed_capacity {
                    tally::add(|used| used.$units += consumed.units());
                }
            } else)+ {}
        }
    };
}

metered! {
    batch_get_item: BatchGetItemInput, BatchGetItemOutput => read_units;
    get_item: GetItemInput, GetItemOutput => read_units;
    query: QueryInput, QueryOutput => read_units;
    scan: ScanInput, ScanOutput => read_units;
    transact_get_items: TransactGetItemsInput, TransactGetItemsOutput => read_units;
    put_item: PutItemInput, PutItemOutput => write_units;
    update_item: UpdateItemInput, UpdateItemOutput => write_units;
    delete_item: DeleteItemInput, DeleteItemOutput => write_units;
    transact_write_items: TransactWriteItemsInput, TransactWriteItemsOutput => write_units;
    batch_write_item: BatchWriteItemInput, BatchWriteItemOutput => write_units;
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
