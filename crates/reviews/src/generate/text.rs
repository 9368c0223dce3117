//! Makes text: summaries, bodies, responses, names, addresses.
//!
//! A sentence consists of fragments, so that a few dozen fragments give millions of different
//! reviews. Quotes in the fragments are doubled, as CSV requires. Fragments have commas,
//! apostrophes, a few accents and an emoji, because the real files have them and a loader must
//! handle them. All addresses are in example.com, example.net or example.org, which are reserved
//! (RFC 2606).

use crate::random::{Stream, weighted};

/// How satisfied a reviewer is. The rating determines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Glad,
    Torn,
    Cross,
}

impl Tone {
    /// The tone of a rating of 1 to 5.
    pub(super) fn of(rating: u8) -> Self {
        match rating {
            4.. => Tone::Glad,
            3 => Tone::Torn,
            _ => Tone::Cross,
        }
    }

    fn opinions(self) -> &'static [&'static str] {
        match self {
            Tone::Glad => &GLAD,
            Tone::Torn => &TORN,
            Tone::Cross => &CROSS,
        }
    }

    fn heads(self) -> &'static [&'static str] {
        match self {
            Tone::Glad => &GLAD_HEADS,
            Tone::Torn => &TORN_HEADS,
            Tone::Cross => &CROSS_HEADS,
        }
    }
}

const OPENERS: [&str; 24] = [
    "",
    "",
    "",
    "",
    "",
    "after two weeks of daily use ",
    "to be honest, ",
    "for the price, ",
    "in my experience ",
    "out of the box ",
    "I'm rather tall, and ",
    "compared with my old one, ",
    "a month in, ",
    "my daughter says that ",
    "I can't speak for others, but ",
    "on a long walk ",
    "much to my surprise ",
    "as a gift for my brother, ",
    "straight after washing, ",
    "in cold weather ",
    "I wasn't sure at first, yet ",
    "at home and at work ",
    "between you and me, ",
    "d'accord, ",
];

const SUBJECTS: [&str; 23] = [
    "the fabric",
    "the stitching along the seams",
    "the zipper",
    "this pair",
    "the whole thing",
    "the colour",
    "the sole",
    "the lining",
    "it",
    "the waistband",
    "the padding at the heel",
    "the cut of the shoulders",
    "the material",
    "the larger size",
    "the strap",
    "the left pocket",
    "the finish",
    "the collar",
    "what arrived",
    "the insulation",
    "the buckle",
    "the print on the front",
    "the café-au-lait version",
];

const GLAD: [&str; 20] = [
    "holds up better than I'd hoped",
    "feels soft and looks sharp",
    "fits exactly as described",
    "is worth every cent",
    "has survived rain, mud and two children",
    "keeps its shape after washing",
    "is lighter than it looks",
    "gets compliments wherever I go",
    "simply works",
    "does what it promises and a little more",
    "couldn't be more comfortable",
    "is the best I've owned in years",
    "sits well without pinching",
    "was easy to break in",
    "looks even nicer in daylight",
    "is sturdy, warm and quiet",
    "makes me smile 🙂",
    "is a joy to wear",
    "shows real care in the details",
    "went beyond what I expected",
];

const TORN: [&str; 12] = [
    "is fine, nothing more",
    "is neither good nor bad",
    "runs a little small, so order one size up",
    "took a while to get used to",
    "is nice enough but pricey",
    "looks good, though it creases quickly",
    "does the job most of the time",
    "isn't quite what the picture shows",
    "has its days",
    "could do with a second pocket",
    "is all right for occasional use",
    "smelled odd for the first few days",
];

const CROSS: [&str; 16] = [
    "came apart within a week",
    "is thinner than advertised",
    "scratches, and not just a little",
    "lost its colour in the first wash",
    "doesn't match the description at all",
    "pinches wherever it can",
    "arrived with a loose thread and a stain",
    "feels cheap",
    "is two sizes off",
    "broke on the second day",
    "isn't worth sending back",
    "squeaks with every step",
    "let the water in after ten minutes",
    "was a disappointment",
    "went straight to the charity shop",
    "rubs until it hurts",
];

const TAILS: [&str; 20] = [
    "",
    "",
    "",
    "",
    "",
    "",
    " even when it rains",
    ", and my sister agrees",
    ", whatever the others say",
    " so far",
    ", as far as I can tell",
    " for everyday use",
    ", which is what matters to me",
    " in the narrow size as well",
    ", at least on me",
    ", just as the shop said it would be",
    " and I have tried quite a few by now",
    ", so there's that",
    " on the way to work",
    ", no question about it",
];

const GLAD_HEADS: [&str; 16] = [
    "Great fit",
    "Would buy again",
    "Just what I needed",
    "Lovely quality",
    "Couldn't be happier",
    "Five stars from the whole family",
    "Better than expected",
    "A keeper",
    "Soft, warm and well made",
    "Very pleased with this purchase",
    "My new favourite",
    "Good value",
    "It's perfect for the season",
    "Très chic",
    "Comfortable from day one",
    "Looks great, feels great",
];

const TORN_HEADS: [&str; 10] = [
    "It's okay",
    "Not bad, not great",
    "Average",
    "Decent for the price",
    "Mixed feelings",
    "Good idea, so-so execution",
    "Runs small",
    "Nice, but not for me",
    "Does the job",
    "Expected a bit more",
];

const CROSS_HEADS: [&str; 12] = [
    "Disappointed",
    "Don't bother",
    "Fell apart",
    "Wrong size, wrong colour",
    "Not as pictured",
    "Poor quality",
    "Save your money",
    "I wanted to like it",
    "Never again",
    "Returned it",
    "Too thin",
    "Broke after a week",
];

const HEAD_TAILS: [&str; 12] = [
    "",
    "",
    "",
    "!",
    ", all in all",
    ", after a month of use",
    " - an honest opinion",
    ", and I've tried many",
    " for the second time",
    " (bought in blue)",
    ", see below for the reasons",
    " in every way that counts",
];

const RESPONSES: [&str; 10] = [
    "Thank you for taking the time to write to us!",
    "We're glad to hear from you.",
    "We're sorry that it didn't work out; please write to our support.",
    "We've passed your words on to the people who make it.",
    "A replacement is on its way to you.",
    "Our size guide may help with the next order.",
    "Please wash it at 30 degrees, inside out.",
    "You can return it within 60 days, no questions asked.",
    "It's our most popular item for a reason.",
    "Have a lovely day!",
];

const NAMES: [&str; 40] = [
    "Ada", "Bruno", "Carla", "Dario", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaya",
    "Leo", "Mira", "Nils", "Oona", "Pablo", "Quinn", "Rosa", "Sven", "Tilda", "Umut", "Vera",
    "Wanda", "Xenia", "Yara", "Zeno", "Amber", "Brook", "Cedar", "Dune", "Ember", "Fern", "Grove",
    "Hazel", "Indigo", "Juniper", "Kestrel", "Linden", "Maple", "Nettle",
];

const HOSTS: [&str; 4] = [
    "https://images.example.com/reviews/",
    "https://photos.example.net/u/",
    "https://cdn.example.org/public/uploads/",
    "https://static.example.com/img/customers/",
];

const URL_ENDS: [&str; 4] = [
    ".jpg",
    ".jpg?width=1200&quality=80",
    ".png?w=640",
    ".jpeg?fit=crop&auto=format&w=1500",
];

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Writes one sentence with its final punctuation mark.
fn sentence(out: &mut Vec<u8>, stream: &mut Stream, tone: Tone) {
    let mut dice = stream.dice();
    let start = out.len();
    put(out, dice.pick(&OPENERS));
    put(out, dice.pick(&SUBJECTS));
    out.push(b' ');
    put(out, dice.pick(tone.opinions()));
    put(out, dice.pick(&TAILS));
    put(
        out,
        match dice.roll(256) {
            0 => ", or \"\"as new\"\", as they put it.",
            1..32 => "!",
            _ => ".",
        },
    );
    out[start].make_ascii_uppercase();
}

/// Writes the summary of a review, at most 200 characters.
pub(super) fn summary(out: &mut Vec<u8>, stream: &mut Stream, tone: Tone) {
    let mut dice = stream.dice();
    put(out, dice.pick(tone.heads()));
    if dice.roll(3) == 0 {
        put(out, ". ");
        put(out, dice.pick(tone.heads()));
    }
    put(out, dice.pick(&HEAD_TAILS));
}

/// Weights of 0 to 4 sentences after the first one.
const MORE_SENTENCES: [u32; 5] = [24, 22, 20, 18, 16];

/// Writes the body of a review: one to five sentences, at most 1000 characters.
pub(super) fn body(out: &mut Vec<u8>, stream: &mut Stream, tone: Tone) {
    sentence(out, stream, tone);
    for _ in 0..weighted(stream.next(), &MORE_SENTENCES) {
        out.push(b' ');
        sentence(out, stream, tone);
    }
}

/// Writes the response of the shop, at most 1000 characters.
pub(super) fn response(out: &mut Vec<u8>, stream: &mut Stream) {
    let mut dice = stream.dice();
    put(out, dice.pick(&RESPONSES));
    for _ in 0..dice.roll(3) {
        out.push(b' ');
        put(out, dice.pick(&RESPONSES));
    }
}

/// The author of a review: a name with a number, and an e-mail address that contains both.
pub(super) struct Reviewer {
    name: &'static str,
    second: &'static str,
    number: u64,
    form: usize,
}

impl Reviewer {
    /// The next reviewer of the stream.
    pub(super) fn new(stream: &mut Stream) -> Self {
        let mut dice = stream.dice();
        Reviewer {
            name: dice.pick(&NAMES),
            second: dice.pick(&NAMES),
            number: dice.roll(4096) as u64,
            form: dice.roll(4),
        }
    }

    /// Writes the name, at most 60 characters.
    pub(super) fn name(&self, out: &mut Vec<u8>) {
        put(out, self.name);
        match self.form {
            0 => put(out, self.second),
            1 => {}
            _ => out.push(b'_'),
        }
        put(out, itoa::Buffer::new().format(self.number));
    }

    /// Writes the e-mail address, at most 100 characters.
    pub(super) fn email(&self, out: &mut Vec<u8>) {
        put(out, self.name);
        out.push(b'.');
        put(out, self.second);
        put(out, itoa::Buffer::new().format(self.number));
        put(out, "@example.com");
    }
}

/// Writes the address of a photo, 104 to 134 characters.
pub(super) fn url(out: &mut Vec<u8>, stream: &mut Stream) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut dice = stream.dice();
    let start = out.len();
    put(out, dice.pick(&HOSTS));
    let end = dice.pick(&URL_ENDS);
    let until = start + 104 + dice.roll(31) - end.len();
    while out.len() < until {
        let mut number = stream.next();
        let hex: [u8; 16] = std::array::from_fn(|_| {
            let digit = HEX[(number & 15) as usize];
            number >>= 4;
            digit
        });
        let missing = until - out.len();
        out.extend_from_slice(&hex[..missing.min(16)]);
        if missing > 17 {
            out.push(b'-');
        }
    }
    put(out, end);
}
