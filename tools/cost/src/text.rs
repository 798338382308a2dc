//! Tables in plain text.

/// A number with commas between the thousands.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    let mut text = format!("{value:.decimals$}");
    let first = text.len() - text.trim_start_matches('-').len();
    let mut at = text.find('.').unwrap_or(text.len());
    while at > first + 3 {
        at -= 3;
        text.insert(at, ',');
    }
    text
}

/// A very large or small number, rounded to about three significant digits.
pub(crate) fn rough(value: f64) -> String {
    let decimals = if value >= 100.0 || value == 0.0 {
        0
    } else if value >= 10.0 {
        1
    } else if value >= 0.01 {
        2
    } else {
        4
    };
    number(value, decimals)
}

/// A row of cells with a name in front.
pub(crate) fn cells(name: &str, values: impl IntoIterator<Item = String>) -> Vec<String> {
    std::iter::once(name.to_owned()).chain(values).collect()
}

/// Aligned columns: those in `left` to the left, the others to the right.
pub(crate) fn columns(left: &[usize], rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<_> = (0..count)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, &width))| {
            if left.contains(&column) {
                format!("{cell:<width$}")
            } else {
                format!("{cell:>width$}")
            }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests;
