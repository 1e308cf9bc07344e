//! Wildcard patterns and sets of them: what `Action`, `NotAction`, `Resource` and `NotResource` mean.

use std::fmt;

use trailhound_model::Text;

use crate::signs::listed;

/// One position of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    /// This character.
    Char(char),
    /// `?`: any one character.
    One,
    /// `*`: any characters, also none.
    Many,
}

/// Text in which `*` stands for any characters and `?` for one.
///
/// Action patterns ignore ASCII case; resource patterns do not.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern {
    text: Text,
    tokens: Box<[Token]>,
    fold: bool,
}

impl Pattern {
    /// A pattern for action names, which AWS compares without regard to case.
    #[must_use]
    pub fn action(text: &str) -> Self {
        Self::new(text, true, false)
    }

    /// A pattern for resource names. With `variables` (policy version 2012-10-17) `${*}`, `${?}` and `${$}` are the bare
    /// characters; a real variable stays as it is written and so equals nothing that exists.
    #[must_use]
    pub fn resource(text: &str, variables: bool) -> Self {
        Self::new(text, false, variables)
    }

    fn new(text: &str, fold: bool, variables: bool) -> Self {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if variables && let Some((escaped, after)) = escape(rest) {
                tokens.push(Token::Char(escaped));
                rest = after;
                continue;
            }
            rest = rest.strip_prefix(next).unwrap_or_default();
            match next {
                '*' if tokens.last() == Some(&Token::Many) => {}
                '*' => tokens.push(Token::Many),
                // `*?` and `?*` mean the same; the star goes last so that equal patterns compare equal.
                '?' if tokens.last() == Some(&Token::Many) => {
                    tokens.pop();
                    tokens.extend([Token::One, Token::Many]);
                }
                '?' => tokens.push(Token::One),
                other if fold => tokens.push(Token::Char(other.to_ascii_lowercase())),
                other => tokens.push(Token::Char(other)),
            }
        }
        Self { text: text.into(), tokens: tokens.into(), fold }
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the text is one of those the pattern stands for.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let same = |token: Token, c: char| match token {
            Token::Char(own) => own == if self.fold { c.to_ascii_lowercase() } else { c },
            Token::One => true,
            Token::Many => false,
        };
        glob(&self.tokens, text.chars(), same)
    }

    /// Whether every text of the other pattern is also one of this.
    ///
    /// A `*` of the other can be as long as it likes and of characters nobody names, so only a `*` here takes it in.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let fold = self.fold || other.fold;
        let same = |own: Token, its: Token| match (own, its) {
            (Token::Char(a), Token::Char(b)) => a == b || fold && a.eq_ignore_ascii_case(&b),
            (Token::One, Token::Char(_) | Token::One) => true,
            _ => false,
        };
        glob(&self.tokens, other.tokens.iter().copied(), same)
    }

    /// Whether some text is one of both patterns. Of two patterns too long to compare, it is taken for granted.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        const STEPS_MAX: usize = 1 << 22;
        if self.tokens.len().saturating_mul(other.tokens.len()) > STEPS_MAX {
            return true;
        }
        let fold = self.fold || other.fold;
        let both = |a: Token, b: Token| match (a, b) {
            (Token::Char(a), Token::Char(b)) => a == b || fold && a.eq_ignore_ascii_case(&b),
            (Token::Many, _) | (_, Token::Many) => false,
            _ => true,
        };
        // `reach[j]` says whether the tails from (i, j) have a text in common; rows are filled from the end.
        let (mine, its) = (&self.tokens, &other.tokens);
        let mut below: Vec<bool> = Vec::new();
        for own in mine.iter().map(|&token| Some(token)).chain([None]).rev() {
            let mut row = vec![false; its.len() + 1];
            for j in (0..=its.len()).rev() {
                let get = |row: &[bool], at: usize| row.get(at).copied().unwrap_or(false);
                let (down, right) = (get(&below, j), get(&row, j + 1));
                let reached = match (own, its.get(j)) {
                    (None, None) => true,
                    (Some(Token::Many), None) => down,
                    (None, Some(Token::Many)) => right,
                    (Some(a), Some(&b)) if a == Token::Many || b == Token::Many => down || right,
                    (Some(a), Some(&b)) => both(a, b) && get(&below, j + 1),
                    _ => false,
                };
                if let Some(cell) = row.get_mut(j) {
                    *cell = reached;
                }
            }
            below = row;
        }
        below.first().copied().unwrap_or(false)
    }

    /// Whether the pattern stands for every text, or every text but the empty one.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        matches!(*self.tokens, [Token::Many] | [Token::One, Token::Many])
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// `${*}`, `${?}` or `${$}` at the start of the text: the character and what follows.
fn escape(text: &str) -> Option<(char, &str)> {
    let inner = text.strip_prefix("${")?;
    let c = inner.chars().next().filter(|c| matches!(c, '*' | '?' | '$'))?;
    Some((c, inner.strip_prefix(c)?.strip_prefix('}')?))
}

/// Matches tokens against symbols, going back to the latest `*` when stuck.
fn glob<S: Copy, I: Iterator<Item = S> + Clone>(tokens: &[Token], symbols: I, same: impl Fn(Token, S) -> bool) -> bool {
    let (mut at, mut rest) = (0, symbols);
    let mut star: Option<(usize, I)> = None;
    loop {
        let token = tokens.get(at).copied();
        if token == Some(Token::Many) {
            at += 1;
            star = Some((at, rest.clone()));
            continue;
        }
        let mut ahead = rest.clone();
        match (token, ahead.next()) {
            (None, None) => return true,
            (Some(_), None) => return false,
            (Some(token), Some(symbol)) if same(token, symbol) => {
                at += 1;
                rest = ahead;
            }
            _ => {
                let Some((after, tail)) = &mut star else { return false };
                tail.next();
                (at, rest) = (*after, tail.clone());
            }
        }
    }
}

/// Patterns taken together, or everything but them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Set {
    /// What some pattern stands for.
    Only(Vec<Pattern>),
    /// What no pattern stands for (`NotAction`, `NotResource`).
    Except(Vec<Pattern>),
}

impl Set {
    /// Whether the text is in the set.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        match self {
            Self::Only(patterns) => patterns.iter().any(|p| p.matches(text)),
            Self::Except(patterns) => !patterns.iter().any(|p| p.matches(text)),
        }
    }

    /// Whether everything the pattern stands for is in the set.
    #[must_use]
    pub fn covers_pattern(&self, pattern: &Pattern) -> bool {
        match self {
            Self::Only(patterns) => patterns.iter().any(|p| p.covers(pattern)),
            Self::Except(patterns) => !patterns.iter().any(|p| p.overlaps(pattern)),
        }
    }

    /// Whether the whole other set is in this one. `false` may also mean that several patterns would have to be added up.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (own, Self::Only(patterns)) => patterns.iter().all(|p| own.covers_pattern(p)),
            (Self::Only(own), Self::Except(_)) => own.iter().any(Pattern::is_everything),
            (Self::Except(own), Self::Except(others)) => own.iter().all(|p| others.iter().any(|o| o.covers(p))),
        }
    }

    /// The patterns, whichever way they are meant.
    #[must_use]
    pub fn patterns(&self) -> &[Pattern] {
        match self {
            Self::Only(patterns) | Self::Except(patterns) => patterns,
        }
    }

    /// Whether the patterns say what is left out.
    #[must_use]
    pub const fn is_complement(&self) -> bool {
        matches!(self, Self::Except(_))
    }
}

impl fmt::Display for Set {
    /// A few of the patterns in backticks and how many more there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_complement() {
            f.write_str("everything except ")?;
        }
        f.write_str(&listed(self.patterns().iter().map(Pattern::as_str)))
    }
}
