//! The stack of these tests has the names of `template.yaml`, so the program finds them on AWS as well.

use tests::template::template;

use crate::aws::{PRODUCTION, Scene};

#[test]
fn the_template_has_every_name_of_the_stack_that_is_played() {
    let (scene, template) = (Scene::default(), template());
    let has = |section: &str, name: &str| {
        assert!(!template[section][name].is_null(), "{section}: {name}");
    };
    for name in scene.parameters.keys() {
        has("Parameters", name);
    }
    for name in scene.outputs.keys() {
        has("Outputs", name);
    }
    for name in scene.resources.keys() {
        has("Resources", name);
    }
    let property =
        |resource: &str, name: &str| &template["Resources"][resource]["Properties"][name];
    assert_eq!(*property("ProductionAlias", "Name"), PRODUCTION);
    assert_eq!(*property("ProductionStage", "StageName"), PRODUCTION);
}
