//! Files in the usual formats: the detected format, and the records.

use std::io::{self, Read as _, Write as _};

use flate2::{Compression, write::GzEncoder};
use indicatif::ProgressBar;

use super::*;

fn movies() -> Noun {
    "movies".parse().unwrap()
}

fn source(bytes: impl io::Read + Send + 'static) -> Source {
    Source {
        name: "movies".to_owned(),
        input: Box::new(bytes),
        size: None,
    }
}

/// The format of the file, or the reason to refuse it; then the position and the result of each record.
fn read(bytes: &[u8]) -> Result<(String, Vec<String>), String> {
    read_source(source(io::Cursor::new(bytes.to_vec())))
}

fn read_source(source: Source) -> Result<(String, Vec<String>), String> {
    let records = Records::of(source, &movies()).map_err(|error| format!("{error:#}"))?;
    let kind = records.to_string();
    let outcomes = checked(records, &movies()).into_iter();
    let outcomes = outcomes.map(|(position, checked)| match checked {
        Ok(movie) => {
            let (title, year) = (movie["title"].as_str().unwrap(), &movie["year"]);
            format!("{position}: {title}, {year}")
        }
        Err(refused) => format!("{position}: {refused}"),
    });
    Ok((kind, outcomes.collect()))
}

fn checked(records: Records, noun: &Noun) -> Vec<(Position, Result<Item, String>)> {
    let mut checker = Checker::new(noun);
    let mut all = Vec::new();
    let read = records.each(|position, text| {
        all.push((position, checker.check(position, text)));
        ControlFlow::Continue(())
    });
    read.unwrap();
    all
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

const TYPED: &str = r#"{"year":{"N":"2013"},"title":{"S":"Rush"},"info":{"M":{"rating":{"N":"8.3"},"genres":{"L":[{"S":"Drama"}]},"directors":{"SS":["Ron Howard"]}}}}"#;
const OF_OUR_TABLE: &str = r#"{"year":{"N":"2013"},"title":{"S":"Rush"},"genres":{"L":[{"S":"Drama"}]},"version":{"N":"3"},"createdAt":{"S":"2026-01-01T00:00:00.000000Z"},"updatedAt":{"S":"2026-01-01T00:00:00.000000Z"},"addedBy":{"S":"someone"}}"#;
const OF_THE_API: &str = r#"{"title":"Rush","year":2013,"directors":[],"genres":["Drama"],"version":3,"createdAt":"2026-01-01T00:00:00.000000Z","updatedAt":"2026-01-01T00:00:00.000000Z","addedBy":"someone"}"#;

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn a_file_is_told_by_what_is_in_it_and_every_record_by_its_place() {
    let scan = format!(
        "{{\n \"Items\": [\n  {TYPED}\n ],\n \"Count\": 1,\n \"ScannedCount\": 1,\n \"ConsumedCapacity\": null\n}}"
    );
    let boto = format!(
        "{{\"Count\": 1, \"Items\": [{OF_OUR_TABLE}], \"ResponseMetadata\": {{\"Items\": 1}}}}"
    );
    let page = format!("{{\"items\":[{OF_THE_API}],\"count\":1}}");
    let two_pages = format!("{page}\n{{\"items\":[{{\"title\":\"50/50\",\"year\":2011}}]}}\n");
    let to_s3 = format!("{{\"Item\":{TYPED}}}\n{{\"Item\":{{\"title\":{{\"S\":\"Rush\"}}}}}}\n");
    let crlf = "Title;Year;Genres\r\nAm\u{e9}lie;2001;Comedy | Romance\r\n\r\n\r\n;;\r\n;2001;\r\n";
    let is_refusal = |kind: &str| kind.starts_with("is ") || kind.starts_with("has ");
    let mut wrong = Vec::new();
    let cases: &[(&[u8], &str, &[&str])] = &[
        // JSON arrays: AWS's moviedata.json, the API's own form, nothing.
        (
            br#"[{"year": 2013, "title": "Rush", "info": {"plot": "Two", "running_time_secs": 7380}}, {"year": "2011", "title": "50/50"}]"#,
            "a JSON array",
            &["record 1 (line 1): Rush, 2013", "record 2 (line 1): 50/50, 2011"],
        ),
        (
            b"\xEF\xBB\xBF [\r\n  {\"year\": 2013, \"title\": \"Rush\"},\r\n\r\n  {\"year\": 1700, \"info\": {\"stars\": 3}}\r\n]\r\n",
            "a JSON array",
            &[
                "record 1 (line 2): Rush, 2013",
                "record 2 (line 4): `info.stars` is not a member of this request; `title` is required; `year` must be between 1888 and 2100",
            ],
        ),
        (b" [ \n ]", "a JSON array", &[]),
        (
            b"[7, \"x\", [], {\"year\": 2013, \"title\": \"Rush\"}]",
            "a JSON array",
            &[
                "record 1 (line 1): must be a JSON object",
                "record 2 (line 1): must be a JSON object",
                "record 3 (line 1): must be a JSON object",
                "record 4 (line 1): Rush, 2013",
            ],
        ),
        // Duplicates, in one file or in one record.
        (
            b"[{\"year\": 2013, \"title\": \"Rush\"}, {\"year\": \"2013\", \"title\": \" Rush \", \"rating\": 8}, {\"year\": 1, \"year\": 2013, \"title\": \"A\"}]",
            "a JSON array",
            &[
                "record 1 (line 1): Rush, 2013",
                "record 2 (line 1): has the year and title of record 1 (line 1)",
                "record 3 (line 1): `year` appears more than once",
            ],
        ),
        // Malformed JSON: the position is that of the fault.
        (
            b"[{\"year\": 2013, \"title\": \"Rush\"},\n {\"year\": 2011, \"title\": \"50/50\",\n  \"rating\": NaN},\n {\"year\": 2014, \"title\": \"New\"}]",
            "a JSON array",
            &[
                "record 1 (line 1): Rush, 2013",
                "record 2 (line 3): is not JSON: expected value at line 3 column 13. Nothing behind it was read",
            ],
        ),
        (
            b"[{\"year\": 2013, \"title\": \"Rush\"},\n{\"year\": 2013, \"ti",
            "a JSON array",
            &[
                "record 1 (line 1): Rush, 2013",
                "record 2 (line 2): is not JSON: EOF while parsing a string at line 2 column 18. Nothing behind it was read",
            ],
        ),
        // JSON Lines: a line that is not JSON does not affect the others.
        (
            b"{\"year\": 2013, \"title\": \"Rush\"}\r\n\r\n{\"year\": 20I6}\n  {\"year\": 2011, \"title\": \"50/50\"}\n{\"year\": 2010, \"title\": \"\xff\"}\n{} {}",
            "is not UTF-8: convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`",
            &[],
        ),
        (
            b"{\"year\": 2013, \"title\": \"Rush\"}\r\n\r\n{\"year\": 20I6}\n  {\"year\": 2011, \"title\": \"50/50\"}\n{} {}",
            "JSON Lines",
            &[
                "record 1 (line 1): Rush, 2013",
                "record 2 (line 3): is not JSON: expected `,` or `}` at column 12",
                "record 3 (line 4): 50/50, 2011",
                "record 4 (line 5): is not JSON: trailing characters at column 4",
            ],
        ),
        (b"{\"year\": 20I6}", "JSON Lines", &["record 1 (line 1): is not JSON: expected `,` or `}` at column 12"]),
        // Records one after the other, as jq prints them.
        (
            b"{\n  \"year\": 2013,\n  \"title\": \"Rush\"\n}\n{\n  \"year\": 2011,\n  \"title\": \"50/50\"\n}\n",
            "JSON records one after the other",
            &["record 1 (line 1): Rush, 2013", "record 2 (line 5): 50/50, 2011"],
        ),
        // DynamoDB: a scan by the AWS CLI, by boto3, an export to S3; pages of this API.
        (scan.as_bytes(), "JSON with `Items`", &["record 1 (line 3): Rush, 2013"]),
        (boto.as_bytes(), "JSON with `Items`", &["record 1 (line 1): Rush, 2013"]),
        (page.as_bytes(), "JSON with `Items`", &["record 1 (line 1): Rush, 2013"]),
        (two_pages.as_bytes(), "JSON with `Items`", &["record 1 (line 1): Rush, 2013", "record 2 (line 2): 50/50, 2011"]),
        (to_s3.as_bytes(), "JSON Lines", &["record 1 (line 1): Rush, 2013", "record 2 (line 2): `year` is required"]),
        // CSV, as pandas, MovieLens and spreadsheets write it.
        (
            b"year,title,rating,genres\n2013,Rush,8.3,Action|Drama\n2011,\"50/50, or \"\"half\"\"\n\",,\n\n2014,\"a\",eleven,\"[\"\"x\"\", \"\"a\\u0007\"\"]\"\n2015,b,1,['x']\n2016,c\n2017,d,,",
            "CSV",
            &[
                "record 1 (line 2): Rush, 2013",
                "record 2 (line 3): `title` must not contain control characters",
                "record 3 (line 6): `info.rating` must be a number; `info.genres[1]` must not contain control characters",
                "record 4 (line 7): `genres` must be names with | between them, or a JSON array of strings",
                "record 5 (line 8): has 2 cells, the header has 4: a cell with a separator, quotation mark or line break must stand in quotation marks",
                "record 6 (line 9): d, 2017",
            ],
        ),
        (
            crlf.as_bytes(),
            "CSV with semicolons",
            &["record 1 (line 2): Am\u{e9}lie, 2001", "record 2 (line 6): `title` is required"],
        ),
        (
            b"\xEF\xBB\xBF\tyear\ttitle\tinfo.release_date\tinfo.rating\n0\t2013\tRush\t2013-09-02T00:00:00Z\t8\n1\t2014\tNew\t\tgood\n",
            "CSV with tabs",
            &[
                "record 1 (line 2): Rush, 2013",
                "record 2 (line 3): `info.rating` must be a number",
            ],
        ),
        (b"title,year\n", "CSV", &[]),
        (
            b"title,year,budget,stars\nRush,2013,1,2\n",
            "has columns that movies do not have: `budget`, `stars`; take them out",
            &[],
        ),
        (b"title,year,plot,Info\n", "has two columns for one member: `plot` and `Info`", &[]),
        // Files that are not lists of movies are refused as a whole.
        (b"", "is empty", &[]),
        (b"\xEF\xBB\xBF \n\n", "is empty", &[]),
        (b"PAR1\x15\x04", "is not JSON, JSON Lines or CSV with a header that names `title` and `year` (it begins with `PAR1\\u{15}\\u{4}`)", &[]),
        (b"PK\x03\x04\xe9\x00", "is not UTF-8: convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`", &[]),
        (b"title;rating\nRush;8\n", "is not JSON, JSON Lines or CSV with a header that names `title` and `year` (it begins with `title;rating`)", &[]),
        (
            b"{\"movies\": [{\"title\": \"Rush\"}]}",
            "JSON Lines",
            &["record 1 (line 1): `movies` is not a member of this request; `title` is required; `year` is required"],
        ),
        (
            b"title: Rush\nyear: 2013\n",
            "is not JSON, JSON Lines or CSV with a header that names `title` and `year` (it begins with `title: Rush`)",
            &[],
        ),
        (
            b"null",
            "is not JSON, JSON Lines or CSV with a header that names `title` and `year` (it begins with `null`)",
            &[],
        ),
        (b"title,year\nAm\xe9lie,2001\n", "is not UTF-8: convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`", &[]),
    ];
    for (bytes, kind, outcomes) in cases {
        for (bytes, packed) in [(bytes.to_vec(), ""), (pack(bytes), ", gzip")] {
            let expected = if is_refusal(kind) {
                Err(format!("movies: {kind}"))
            } else {
                let outcomes = outcomes.iter().copied().map(str::to_owned).collect();
                Ok((format!("movies: {kind}{packed}"), outcomes))
            };
            let found = read(&bytes);
            if found != expected {
                wrong.push(format!("{found:#?}\n  instead of {expected:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All formats of one movie give the same movie.
#[test]
fn every_form_says_the_same() {
    let movie = |bytes: &[u8]| {
        let source = source(io::Cursor::new(bytes.to_vec()));
        let records = Records::of(source, &movies()).unwrap();
        let [(_, movie)] = <[_; 1]>::try_from(checked(records, &movies())).unwrap();
        movie.unwrap()
    };
    let nested = movie(br#"[{"year": 2013, "title": "Rush", "info": {"plot": "Two drivers", "running_time_secs": 7380, "release_date": "2013-09-02T00:00:00Z", "rating": 8.3, "rank": 2, "genres": ["Drama", "Sport"]}}]"#);
    for other in [
        &br#"{"year": "2013", "title": "Rush", "info": "Two drivers", "runningTimeSeconds": 7380, "releaseDate": "2013-09-02", "rating": 8.3, "rank": 2, "genres": ["Drama", "Sport"]}"#[..],
        br#"{"Items": [{"year": {"N": "2013"}, "title": {"S": "Rush"}, "info": {"S": "Two drivers"}, "runningTimeSeconds": {"N": "7380"}, "releaseDate": {"S": "2013-09-02"}, "rating": {"N": "8.3"}, "rank": {"N": "2"}, "genres": {"L": [{"S": "Drama"}, {"S": "Sport"}]}}]}"#,
        b"Year,Title,Info,Running Time Secs,image_url,Release-Date,rating,rank,genres\n2013,Rush,Two drivers,7380,,2013-09-02,8.30,2,Drama|Sport\n",
        b"genres\tyear\ttitle\tplot\trunningTimeSeconds\treleaseDate\trating\trank\n\"[\"\"Drama\"\", \"\"Sport\"\"]\"\t2013\tRush\tTwo drivers\t7380\t2013-09-02T00:00:00Z\t8.3\t2\n",
    ] {
        assert_eq!(movie(other), nested, "{}", String::from_utf8_lossy(other));
    }
}

/// pandas writes integers as `2016.0` where a column has gaps.
#[test]
fn integral_numbers_are_integers() {
    for file in [
        &br#"[{"year": 2016.0, "title": "A", "info": {"rank": 1.0, "running_time_secs": 7380.0}}]"#
            [..],
        b"year,title,rank,running_time_secs\n2016.0,A,1.0,7380.0\n",
    ] {
        let (_, outcomes) = read(file).unwrap();
        assert_eq!(outcomes.len(), 1);
        assert!(outcomes[0].ends_with(": A, 2016"), "{outcomes:?}");
    }
    let (_, outcomes) = read(b"year,title,rank\n2016.5,A,1.5\n").unwrap();
    assert!(
        outcomes[0].contains("`year` must") && outcomes[0].contains("`info.rank` must"),
        "{outcomes:?}"
    );
}

#[test]
fn a_long_record_costs_itself_and_one_without_an_end_ends_the_reading() {
    let long = "x".repeat(kit::http::MAX_BODY);
    for (file, expected) in [
        (
            format!("[{{\"title\": \"{long}\"}},\n{{\"title\": \"A\", \"year\": 2013}}]"),
            [
                "record 1 (line 1): is longer than 262144 bytes",
                "record 2 (line 2): A, 2013",
            ],
        ),
        (
            format!(
                "{{\"title\": \"{}\"}}\n{{\"title\": \"A\", \"year\": 2013}}",
                long.repeat(5)
            ),
            [
                "record 1 (line 1): is longer than 262144 bytes",
                "record 2 (line 2): A, 2013",
            ],
        ),
    ] {
        assert_eq!(read(file.as_bytes()).unwrap().1, expected);
    }
    for (beginning, record, place) in [
        ("title,year\nA,2013\n\"B", "record 2", "line 3"),
        (
            "[{\"title\": \"A\", \"year\": 2013},\n{\"title\": \"",
            "record 2",
            "",
        ),
    ] {
        // More than the allowance; a gigabyte would have the same result.
        let endless = io::Cursor::new(beginning).chain(io::repeat(b'x').take(64 << 20));
        let (_, outcomes) = read_source(source(endless)).unwrap();
        assert_eq!(outcomes.len(), 2, "{outcomes:?}");
        let last = &outcomes[1];
        assert!(last.starts_with(record) && last.contains(place), "{last}");
        assert!(
            last.contains("has no end") || last.contains("is not JSON"),
            "{last}"
        );
    }
}

/// The file is streamed: only a few records are in memory, however long it is.
#[test]
fn a_file_is_read_as_it_comes() {
    let record = "{\"year\": 1700, \"title\": \"Rush\"}";
    for (begin, between) in [("[", ",\n"), ("", "\n")] {
        let mut file = begin.to_owned();
        for _ in 0..100_000 {
            file.push_str(record);
            file.push_str(between);
        }
        let progress = ProgressBar::hidden();
        let input = progress.wrap_read(io::Cursor::new(file.into_bytes()));
        let records = Records::of(source(input), &movies()).unwrap();
        let read = records.each(|position, _| {
            assert_eq!(position.line, position.record);
            match position.record {
                1 => assert!(progress.position() <= 256 * 1024),
                50_000 => return ControlFlow::Break(()),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        read.unwrap();
        assert!(progress.position() < 2_000_000);
    }
}

#[test]
fn damaged_gzip_data_are_told_as_such() {
    let mut lines = Vec::new();
    for number in 0..20_000 {
        writeln!(lines, "{{\"year\": 2013, \"title\": \"Movie {number}\"}}").unwrap();
    }
    let packed = pack(&lines);
    let cut = packed[..packed.len() / 2].to_vec();
    let records = Records::of(source(io::Cursor::new(cut)), &movies()).unwrap();
    let read = records.each(|_, _| ControlFlow::Continue(()));
    let error = read.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
}

const FULL: &str = r#"{"year":2013,"title":"Rush","info":{"directors":["Ron Howard"],"release_date":"2013-09-02T00:00:00Z","rating":8.3,"genres":["Action","Biography"],"image_url":"http://example.com/rush.jpg","plot":"Two drivers, one title.","rank":2,"running_time_secs":7380,"actors":["Daniel Bruhl","Chris Hemsworth"]}}"#;
const BARE: &str = r#"{"year":2014,"title":"Bare","info":{}}"#;
const WHOLE_RATING: &str = r#"{"year":2015,"title":"Whole","info":{"rating":7}}"#;

#[test]
fn what_is_exported_is_what_was_imported() {
    for record in [FULL, BARE, WHOLE_RATING] {
        let movie = (movies().read)(record.as_bytes()).unwrap();
        assert_eq!(movies().write(&movie).unwrap(), record);
    }
}

const ANSWER: &str = r#"{"title":"Rush","year":2013,"info":"Two drivers","directors":[],"actors":[],"genres":["Drama"],"rating":8.3,"releaseDate":"2013-09-02","etag":"\"3-61fb994eb4d40\"","version":3,"createdAt":"2026-01-01T00:00:00.000000Z","updatedAt":"2026-01-01T00:00:00.000000Z","addedBy":"someone"}"#;

#[test]
fn an_answer_is_the_movie_that_was_sent() {
    let sent = r#"{"year":2013,"title":"Rush","info":{"genres":["Drama"],"plot":"Two drivers","rating":8.3,"release_date":"2013-09-02T00:00:00Z"}}"#;
    let sent = (movies().read)(sent.as_bytes()).unwrap();
    assert_eq!(read_answer(&movies(), ANSWER.as_bytes()), Ok(sent));
}

#[test]
fn a_member_of_a_newer_service_is_not_dropped_in_silence() {
    let newer = ANSWER.replace("\"rating\"", "\"stars\"");
    let error = read_answer(&movies(), newer.as_bytes()).unwrap_err();
    assert!(error.contains("`stars`"), "{error}");
}

#[test]
fn a_private_resource_is_read_whoever_owns_it() {
    let noun: Noun = "watchlist".parse().unwrap();
    let scan = r#"{"Items": [
{"entryId": {"S": "a"}, "owner": {"S": "ada"}, "title": {"S": "Rush"}, "year": {"N": "2013"}, "version": {"N": "1"}},
{"entryId": {"S": "b"}, "title": {"S": "Rush"}, "year": {"N": "2013"}, "watched": {"BOOL": true}},
{"entryId": {"S": "a"}, "owner": {"S": "joan"}, "title": {"S": "Rush"}, "year": {"N": "2013"}}]}"#;
    let records = Records::of(source(io::Cursor::new(scan)), &noun).unwrap();
    let found = checked(records, &noun);
    assert!(found[0].1.is_ok() && found[1].1.is_ok(), "{found:?}");
    // One account gets them all.
    let twice = "has the entryId of record 1 (line 2)";
    assert_eq!(found[2].1.as_ref().unwrap_err(), twice);

    let answer = r#"{"entryId":"a","title":"Rush","year":2013,"watched":false,"etag":"\"1-0\"","version":1,"createdAt":"2026-01-01T00:00:00.000000Z","updatedAt":"2026-01-01T00:00:00.000000Z"}"#;
    let item = read_answer(&noun, answer.as_bytes()).unwrap();
    let written = noun.write(&item).unwrap();
    assert_eq!(written, r#"{"entryId":"a","title":"Rush","year":2013}"#);
}
