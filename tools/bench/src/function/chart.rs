//! A chart of the figures.

use std::{path::Path, time::Duration};

use anyhow::anyhow;
use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    measured::{Measured, OfMemory},
    quota::Memory,
    subjects::Kind,
};

const SIZE: (u32, u32) = (880, 420);
const HALF: i32 = 210;
const FONT: &str = "sans-serif";
/// The colours of the service and of the others.
const COLOURS: [RGBColor; 2] = [RGBColor(31, 119, 180), RGBColor(174, 186, 196)];

/// Draws cold starts and warm requests as bars on a logarithmic scale, because the interpreters take a hundred times as
/// long.
pub(super) fn draw(measured: &Measured, file: &Path) -> anyhow::Result<()> {
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE).map_err(failed)?;
    let (above, below) = area.split_vertically(HALF);
    bars(
        &above,
        measured,
        "Cold start with 256 MB, to the end of the first answer, ms",
        |with| scaled(with.cold.median, 1e3),
    )?;
    bars(
        &below,
        measured,
        "A warm, signed-in find with 256 MB (hello: a request), 99 % take at most, ms",
        |with| scaled(with.find.p99, 1e3),
    )?;
    area.present().map_err(failed)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn bars(
    area: &Area<'_>,
    measured: &Measured,
    title: &str,
    value: impl Fn(&OfMemory) -> f64,
) -> anyhow::Result<()> {
    const LEFT: i32 = 120;
    const LONGEST: f64 = 640.0;
    const STEP: i32 = 32;

    let text = (FONT, 15).into_font().color(&BLACK);
    area.draw_text(title, &(FONT, 17).into_font().color(&BLACK), (16, 14))
        .map_err(failed)?;
    let all: Vec<_> = measured
        .functions
        .iter()
        .filter_map(|function| Some((function, value(function.with(Memory::USUAL).ok()?))))
        .collect();
    let longest = all.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    // The scale starts below the shortest value, so that its bar is visible.
    let origin = all.iter().map(|(_, value)| *value).fold(longest, f64::min) / 10.0;
    for ((function, value), top) in all.into_iter().zip((0..).map(|row| 44 + row * STEP)) {
        let share = (value / origin).ln() / (longest / origin).ln();
        let right = LEFT + pixels(LONGEST * share);
        let colour = COLOURS[usize::from(function.kind != Kind::Service)];
        let bar = Rectangle::new([(LEFT, top), (right, top + STEP - 10)], colour.filled());
        area.draw(&bar).map_err(failed)?;
        let middle = top + (STEP - 10) / 2;
        let before = text.clone().pos(Pos::new(HPos::Right, VPos::Center));
        area.draw_text(function.name.as_str(), &before, (LEFT - 8, middle))
            .map_err(failed)?;
        let behind = text.clone().pos(Pos::new(HPos::Left, VPos::Center));
        area.draw_text(&format!("{value:.1}"), &behind, (right + 8, middle))
            .map_err(failed)?;
    }
    Ok(())
}

fn scaled(duration: Duration, per_second: f64) -> f64 {
    duration.as_secs_f64() * per_second
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a picture is not that wide"
)]
fn pixels(length: f64) -> i32 {
    length.round() as i32
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("the chart cannot be drawn: {error}")
}
