//! What DynamoDB does with it: limits by partition, and the splitting of those that stay hot.

use super::layout::Layout;
use crate::{
    input::{Inputs, Years},
    units::Units,
};

/// What a partition may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    reads: f64,
    writes: f64,
    burst_seconds: f64,
    split_after: u32,
    split_above: f64,
    split_gain: f64,
}

impl Rules {
    pub(crate) fn of(inputs: &Inputs) -> Self {
        let years = &inputs.load.years;
        Self {
            reads: inputs.limits.partition_reads.value,
            writes: inputs.limits.partition_writes.value,
            burst_seconds: years.burst_seconds,
            split_after: years.split_after_seconds,
            split_above: years.split_above,
            split_gain: years.split_gain,
        }
    }
}

/// A partition: the places from `start` up to the next one's.
#[derive(Debug, Clone, Copy)]
struct Partition {
    start: usize,
    /// Units that are left.
    left: Units,
    /// Units that were asked for since it was last looked at, and for how many seconds that is.
    lately: Units,
    seconds: u32,
}

impl Partition {
    fn new(start: usize) -> Self {
        Self {
            start,
            left: Units::default(),
            lately: Units::default(),
            seconds: 0,
        }
    }
}

/// The partitions of a table.
#[derive(Debug)]
pub(crate) struct Partitions {
    rules: Rules,
    all: Vec<Partition>,
    /// Where the partition of each place is in `all`.
    of_place: Vec<usize>,
    /// How much each place was asked for lately, in seconds of a partition.
    heat: Vec<f64>,
    second: u32,
}

impl Partitions {
    /// The partitions of a new table: the hashes in equal parts.
    pub(crate) fn new(layout: &Layout, years: &Years, rules: Rules) -> Self {
        let part = u64::MAX / u64::from(years.first_partitions);
        let starts = (0..u64::from(years.first_partitions))
            .map(|i| layout.hashes.partition_point(|&hash| hash < i * part));
        let mut table = Self {
            rules,
            all: Vec::new(),
            of_place: vec![0; layout.hashes.len()],
            heat: vec![0.0; layout.hashes.len()],
            second: 0,
        };
        for start in starts {
            // Nobody came before, so that all is saved that can be.
            let left = Units {
                reads: rules.reads * rules.burst_seconds,
                writes: rules.writes * rules.burst_seconds,
            };
            table.all.push(Partition {
                left,
                ..Partition::new(start)
            });
        }
        // Some part may have no year in it.
        table.all.dedup_by_key(|partition| partition.start);
        table.find_places();
        table
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    fn find_places(&mut self) {
        for (i, partition) in self.all.iter().enumerate() {
            let end = self
                .all
                .get(i + 1)
                .map_or(self.of_place.len(), |next| next.start);
            // The last parts may have no places at all.
            if let Some(places) = self.of_place.get_mut(partition.start..end) {
                places.fill(i);
            }
        }
    }

    /// Gives every partition its units of a second, besides what it saved.
    pub(crate) fn begin_second(&mut self) {
        let most = 1.0 + self.rules.burst_seconds;
        for partition in &mut self.all {
            let Units { reads, writes } = partition.left;
            partition.left = Units {
                reads: (reads + self.rules.reads).min(self.rules.reads * most),
                writes: (writes + self.rules.writes).min(self.rules.writes * most),
            };
        }
    }

    /// Takes units at each of these places for `times` requests of one kind; whether all had them. What one partition
    /// gave is spent, even if another then refuses.
    pub(crate) fn take(&mut self, places: &[usize], units: Units, times: f64) -> bool {
        let units = Units {
            reads: units.reads * times,
            writes: units.writes * times,
        };
        let mut had = true;
        for &place in places {
            let Some(partition) = self.all.get_mut(self.of_place[place]) else {
                continue;
            };
            partition.lately = partition.lately + units;
            self.heat[place] += units.reads / self.rules.reads + units.writes / self.rules.writes;
            let left = &mut partition.left;
            if left.reads >= units.reads && left.writes >= units.writes {
                left.reads -= units.reads;
                left.writes -= units.writes;
            } else {
                had = false;
            }
        }
        had
    }

    /// Splits what has been hot, on average, for long enough: what was asked for counts, whether it was there or not.
    pub(crate) fn end_second(&mut self) {
        let Rules {
            reads,
            writes,
            split_above,
            split_after,
            ..
        } = self.rules;
        self.second += 1;
        let mut splits = Vec::new();
        for i in 0..self.all.len() {
            self.all[i].seconds += 1;
            let Partition {
                lately, seconds, ..
            } = self.all[i];
            if seconds < split_after {
                continue;
            }
            let most = split_above * f64::from(seconds);
            if lately.reads > most * reads || lately.writes > most * writes {
                splits.extend(self.split_point(i));
            }
            self.all[i].lately = Units::default();
            self.all[i].seconds = 0;
        }
        if !splits.is_empty() {
            for start in splits {
                self.all.push(Partition::new(start));
            }
            self.all.sort_unstable_by_key(|partition| partition.start);
            self.find_places();
        }
        // What is older than a minute counts half, and so on.
        if self.second.is_multiple_of(60) {
            for heat in &mut self.heat {
                *heat /= 2.0;
            }
        }
    }

    /// The place that parts the heat of a partition best; none if nearly all of it stays on one side. Whoever begins to
    /// read at a place is not parted from what follows: an item, or a page that is always read as a whole.
    fn split_point(&self, i: usize) -> Option<usize> {
        let start = self.all[i].start;
        let end = self
            .all
            .get(i + 1)
            .map_or(self.heat.len(), |next| next.start);
        let heat = self.heat.get(start..end)?;
        let all: f64 = heat.iter().sum();
        let mut before = 0.0;
        let mut best = None;
        let mut smaller = self.rules.split_gain * all;
        for (offset, heat) in heat.iter().enumerate() {
            let side = f64::min(before, all - before);
            if offset > 0 && side > smaller {
                smaller = side;
                best = Some(start + offset);
            }
            before += heat;
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tests::inputs;

    const ONE: Units = Units {
        reads: 1.0,
        writes: 0.0,
    };

    /// Four places in one partition that splits after two hot seconds.
    fn partitions(burst_seconds: f64) -> Partitions {
        let mut inputs = inputs();
        let years = &mut inputs.load.years;
        years.first_partitions = 1;
        years.split_after_seconds = 2;
        years.burst_seconds = burst_seconds;
        let layout = Layout {
            places: vec![vec![0, 1, 2, 3]],
            hashes: vec![9; 4],
            pages: vec![],
        };
        Partitions::new(&layout, &inputs.load.years, Rules::of(&inputs))
    }

    /// Asks for a place so often in a second, and tells how many had it.
    fn second(partitions: &mut Partitions, asked: &[(usize, u32)]) -> u32 {
        partitions.begin_second();
        let mut had = 0;
        for &(place, times) in asked {
            for _ in 0..times {
                had += u32::from(partitions.take(&[place], ONE, 1.0));
            }
        }
        partitions.end_second();
        had
    }

    #[test]
    fn a_partition_gives_3000_reads_a_second() {
        let mut partitions = partitions(0.0);
        assert_eq!(second(&mut partitions, &[(0, 5_000)]), 3_000);
        // What was not used yesterday is not there today.
        second(&mut partitions, &[]);
        assert_eq!(second(&mut partitions, &[(0, 5_000)]), 3_000);
    }

    #[test]
    fn with_burst_capacity_it_gives_what_it_saved() {
        let mut partitions = partitions(3.0);
        assert_eq!(second(&mut partitions, &[(0, 50_000)]), 4 * 3_000);
        assert_eq!(second(&mut partitions, &[(0, 50_000)]), 3_000);
        for _ in 0..10 {
            second(&mut partitions, &[(0, 1_000)]);
        }
        assert_eq!(second(&mut partitions, &[(0, 50_000)]), 4 * 3_000);
    }

    #[test]
    fn a_hot_partition_is_split_where_its_heat_is_halved() {
        let mut partitions = partitions(0.0);
        let asked = [(0, 1_000), (1, 1_000), (2, 1_000), (3, 1_000)];
        assert_eq!(second(&mut partitions, &asked), 3_000);
        assert_eq!(
            (second(&mut partitions, &asked), partitions.len()),
            (3_000, 2)
        );
        assert_eq!(partitions.all[1].start, 2);
        assert_eq!(second(&mut partitions, &asked), 4_000);
    }

    #[test]
    fn one_hot_place_is_not_split() {
        let mut partitions = partitions(0.0);
        for _ in 0..10 {
            assert_eq!(second(&mut partitions, &[(2, 4_000), (0, 10)]), 3_000);
        }
        assert_eq!(partitions.len(), 1);
    }

    #[test]
    fn what_is_only_warm_is_not_split() {
        let mut partitions = partitions(0.0);
        for _ in 0..10 {
            second(&mut partitions, &[(0, 1_300), (3, 1_300)]);
        }
        assert_eq!(partitions.len(), 1);
    }

    #[test]
    fn a_request_of_two_partitions_needs_both() {
        let mut partitions = partitions(0.0);
        for _ in 0..2 {
            second(&mut partitions, &[(0, 2_000), (3, 2_000)]);
        }
        assert_eq!(partitions.len(), 2);
        partitions.begin_second();
        for _ in 0..3_000 {
            assert!(partitions.take(&[3], ONE, 1.0));
        }
        assert!(!partitions.take(&[0, 3], ONE, 1.0));
        assert!(partitions.take(&[0], ONE, 1.0));
    }
}
