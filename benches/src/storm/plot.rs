//! Lines over a plane.

use std::error::Error;

use plotters::prelude::*;

/// A line for each of what is compared; what is upwards is logarithmic.
pub(super) fn draw(
    file: &str,
    title: &str,
    (across, up): (&str, &str),
    lines: &[(&str, Vec<(f64, f64)>)],
) -> Result<(), Box<dyn Error>> {
    let all = || lines.iter().flat_map(|(_, points)| points);
    let (first, last) = all().fold((f64::MAX, f64::MIN), |ends, point| (ends.0.min(point.0), ends.1.max(point.0)));
    let (least, most) = all().fold((f64::MAX, f64::MIN), |ends, point| (ends.0.min(point.1), ends.1.max(point.1)));
    let root = SVGBackend::new(file, (860, 440)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(34)
        .y_label_area_size(54)
        .build_cartesian_2d(first..last, (least.max(1e-1) / 1.2..most * 1.5).log_scale())?;
    chart.configure_mesh().x_desc(across).y_desc(up).light_line_style(WHITE).draw()?;
    for (i, (name, points)) in lines.iter().enumerate() {
        let style = Palette99::pick(i).to_rgba().stroke_width(2);
        chart
            .draw_series(LineSeries::new(points.iter().copied(), style))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.3)).draw()?;
    root.present()?;
    Ok(())
}
