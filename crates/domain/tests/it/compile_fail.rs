//! Programs that must not compile: each is one way around a decision.

#[test]
fn a_wrong_or_forged_permit_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/compile_fail/right_permit.rs");
    cases.compile_fail("tests/compile_fail/forged_permit.rs");
    cases.compile_fail("tests/compile_fail/forged_organisation_permit.rs");
    cases.compile_fail("tests/compile_fail/forged_scope.rs");
    cases.compile_fail("tests/compile_fail/forged_mark.rs");
    cases.compile_fail("tests/compile_fail/permit_of_another_permission.rs");
    cases.compile_fail("tests/compile_fail/scope_of_another_permission.rs");
    cases.compile_fail("tests/compile_fail/plain_permission_for_a_conversation.rs");
    cases.compile_fail("tests/compile_fail/scoped_permission_for_the_organisation.rs");
    cases.compile_fail("tests/compile_fail/changed_facts.rs");
    cases.compile_fail("tests/compile_fail/changed_thing.rs");
    cases.compile_fail("tests/compile_fail/forged_grants.rs");
}
