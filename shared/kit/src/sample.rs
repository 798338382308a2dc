//! A resource to test the kit with.

use crate::value::{Integer, Line, Text};

crate::resource! {
    /// A recipe.
    #[derive(Default)]
    pub(crate) struct Recipe {
        /// The steps, as free text.
        steps: Option<Text<4_000>>,
        /// The ingredients.
        ingredients: Vec<Line>,
        /// The time that it takes in minutes.
        cooking_time as "cookingTime": Option<Integer<1, 10_000>>,
    }
    /// The changes of a recipe.
    pub(crate) struct RecipeChanges;
    /// The key of a recipe.
    pub(crate) struct RecipeKey {
        /// The kitchen that it comes from.
        cuisine: Line,
        /// Its name.
        name: Line,
    }
    one: "recipe", many: "recipes", metrics: "Recipes", owner: "addedBy", access: Shared,
    search: {
        words: [name, ingredients],
        filters: [ingredient: ingredients by [name, cooking_time as "cookingTime"]],
        sorts: [name, cooking_time as "cookingTime"],
    }
}

impl crate::operations::NamedKey for RecipeKey {
    const PREFIX: &'static str = "namePrefix";
}
