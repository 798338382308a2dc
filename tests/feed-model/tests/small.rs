//! x
use stateright::{Model, Checker};
use feed_model::{walk::walk,feed::{Bug,Feed}};
fn run(name: &str, feed: Feed) {
        let start = std::time::Instant::now();
        let checker = feed.checker().target_state_count(4_000_000).spawn_bfs().join();
        println!("{name}: {} states, {} unique, depth {}, {:?} {}", checker.state_count(), checker.unique_state_count(), checker.max_depth(), start.elapsed(), if checker.state_count()>=4_000_000 {"UNFINISHED"} else {"done"});
        let mut d: Vec<_> = checker.discoveries().into_iter().collect(); d.sort_by_key(|(p,_)|*p);
        if !d.iter().any(|(p,_)| *p=="ends") {println!("   no end");}
        for (p, path) in d { if p != "ends" {println!("   {p}:"); for a in path.into_actions() {println!("      {a:?}"); }}}
}
#[test]
fn sizes() {
    run("relays", Feed::relays());
    run("snapshot", Feed::snapshot());
    run("expiry", Feed::expiry());
    run("operators", Feed::operators());
    run("push", Feed::push());
    run("queue", Feed::queue());
    run("refusal", Feed::refusal());
    run("pushsnap", Feed::push_in_snapshot());
    let _ = Bug::NoGapCheck;
}
#[test]
fn walks() {
        let start = std::time::Instant::now();
    for seed in 0..1000 { if let Err(f) = walk(&Feed::large(), seed) { println!("{seed} {} {}", f.property, f.steps.len()); } }
    println!("{:?}", start.elapsed());
}
