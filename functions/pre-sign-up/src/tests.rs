#[test]
fn the_function_is_given_every_variable_that_it_reads_and_no_other() {
    for stage in ["Development", "Production"] {
        tests::template::gives_what_is_read(&format!("{stage}PreSignUpFunction"), |variable| {
            super::read(variable).unwrap();
        });
    }
}
