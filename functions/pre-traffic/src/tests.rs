const TARGET: &str = "arn:aws:lambda:eu-west-1:123456789012:function:service:8";

#[test]
fn the_function_is_given_every_variable_that_it_reads_and_no_other() {
    tests::template::gives_what_is_read("PreTrafficFunction", |variable| {
        let hook = super::read(|name| match name {
            "TARGET_FUNCTION" => variable(name).map(|_| TARGET.to_owned()),
            _ => variable(name),
        });
        hook.unwrap().candidate.unwrap();
    });
}
