//! The simulation as a picture.

use std::path::Path;

use anyhow::anyhow;
use plotters::prelude::*;

use super::Found;

const SIZE: (u32, u32) = (880, 460);
const FONT: &str = "sans-serif";
const COLOURS: [RGBColor; 5] = [
    RGBColor(214, 39, 40),
    RGBColor(255, 127, 14),
    RGBColor(148, 103, 189),
    RGBColor(31, 119, 180),
    RGBColor(44, 160, 44),
];

/// Draws the share that is throttled in the end, against the load.
pub(crate) fn draw(found: &Found, file: &Path) -> anyhow::Result<()> {
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE).map_err(failed)?;
    let (least, most) = (500.0, 50_000.0);
    let mut chart = ChartBuilder::on(&area)
        .caption(
            "Requests that the table throttles once it has split, by design",
            (FONT, 18),
        )
        .margin(16)
        .x_label_area_size(46)
        .y_label_area_size(56)
        .build_cartesian_2d((least..most).log_scale(), 0.0..30.0)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .x_desc("requests a second")
        .y_desc("throttled, %")
        .label_style((FONT, 13))
        .axis_desc_style((FONT, 14))
        .light_line_style(WHITE)
        .draw()
        .map_err(failed)?;
    for (tried, colour) in found.tried.iter().zip(COLOURS) {
        let points = tried.outcomes.iter().map(|outcome| {
            (
                f64::from(outcome.requests_a_second),
                outcome.last.throttled() * 100.0,
            )
        });
        let style = colour.stroke_width(2);
        chart
            .draw_series(LineSeries::new(points, style))
            .map_err(failed)?
            .label(tried.design)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font((FONT, 14))
        .border_style(BLACK.mix(0.2))
        .background_style(WHITE)
        .draw()
        .map_err(failed)?;
    area.present().map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("{error}")
}
