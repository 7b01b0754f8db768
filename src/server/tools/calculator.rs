//! The calculator: arithmetic as people and models write it, evaluated in 64-bit floating point, in which whole numbers up to
//! 2^53 are exact. Nothing in it runs longer than its text is.

use std::{iter::Peekable, str::Chars};

/// The longest text, in bytes: far more than anybody types.
const LONGEST: usize = 2_000;

/// How deep parentheses, signs and powers may stand in each other.
const DEEPEST: usize = 64;

/// Up to here whole numbers are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Why there is no result, in a sentence for the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalculationError {
    /// More text than anybody needs.
    #[error("The expression is too long: at most {LONGEST} bytes.")]
    TooLong,
    /// Too many parentheses in each other.
    #[error("The expression is nested too deeply.")]
    TooDeep,
    /// It ends where something has to follow.
    #[error("The expression ends too early.")]
    Unfinished,
    /// Something that is not expected here.
    #[error("“{0}” is not expected there. There are + - * / % ^, parentheses, and {FUNCTIONS}.")]
    Unexpected(String),
    /// A function with too few or too many values.
    #[error("{0} does not take so many values.")]
    Values(String),
    /// There is no such number.
    #[error("The result is not a number: something was divided by zero, or is not defined.")]
    Undefined,
    /// It is larger than any number here.
    #[error("The result is too large.")]
    TooLarge,
}

const FUNCTIONS: &str = "sqrt, abs, round, floor, ceil, ln, log10, exp, sin, cos, tan, min, max, pi and e";

/// The result as text: whole numbers as they are, others to 15 significant digits.
///
/// # Errors
/// If there is none.
pub fn calculate(expression: &str) -> Result<String, CalculationError> {
    let value = evaluate(expression)?;
    if value.is_nan() {
        return Err(CalculationError::Undefined);
    }
    if value.is_infinite() {
        return Err(CalculationError::TooLarge);
    }
    Ok(shown(value))
}

fn shown(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.fract() == 0.0 && value.abs() <= EXACT {
        return format!("{value:.0}");
    }
    // Beyond these digits stands what binary fractions leave.
    let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    let usual = (1e-6..1e15).contains(&rounded.abs());
    let text = if usual { format!("{rounded}") } else { format!("{rounded:e}") };
    if value.abs() > EXACT { format!("about {text}") } else { text }
}

/// What an expression comes to; infinite or no number where arithmetic says so.
///
/// # Errors
/// If it cannot be read.
pub fn evaluate(expression: &str) -> Result<f64, CalculationError> {
    if expression.len() > LONGEST {
        return Err(CalculationError::TooLong);
    }
    let mut reader = Reader { rest: expression.chars().peekable(), depth: 0 };
    let value = reader.sum()?;
    match reader.peek() {
        None => Ok(value),
        Some(other) => Err(CalculationError::Unexpected(other.to_string())),
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    depth: usize,
}

impl Reader<'_> {
    /// The next sign, with the spaces before it passed over.
    fn peek(&mut self) -> Option<char> {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
        // As they stand in books.
        self.rest.peek().map(|c| match c {
            '×' | '·' => '*',
            '÷' => '/',
            '−' => '-',
            other => *other,
        })
    }

    fn takes(&mut self, wanted: char) -> bool {
        let is_it = self.peek() == Some(wanted);
        if is_it {
            self.rest.next();
        }
        is_it
    }

    fn wants(&mut self, wanted: char) -> Result<(), CalculationError> {
        if self.takes(wanted) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&mut self) -> CalculationError {
        self.peek().map_or(CalculationError::Unfinished, |c| CalculationError::Unexpected(c.to_string()))
    }

    fn sum(&mut self) -> Result<f64, CalculationError> {
        let mut value = self.product()?;
        loop {
            if self.takes('+') {
                value += self.product()?;
            } else if self.takes('-') {
                value -= self.product()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Result<f64, CalculationError> {
        let mut value = self.signed()?;
        loop {
            if self.takes('*') {
                value *= self.signed()?;
            } else if self.takes('/') {
                value /= self.signed()?;
            } else if self.takes('%') {
                value %= self.signed()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn signed(&mut self) -> Result<f64, CalculationError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(CalculationError::TooDeep);
        }
        let value = if self.takes('-') {
            -self.signed()?
        } else if self.takes('+') {
            self.signed()?
        } else {
            self.power()?
        };
        self.depth -= 1;
        Ok(value)
    }

    /// A power binds more than the sign before it, and to the right: -2^2^3 is -(2^(2^3)). Some write it as two stars.
    fn power(&mut self) -> Result<f64, CalculationError> {
        let base = self.atom()?;
        let mut ahead = self.rest.clone();
        let is_stars = self.peek() == Some('*') && {
            ahead.by_ref().find(|c| !c.is_whitespace());
            ahead.next() == Some('*')
        };
        if is_stars {
            self.rest.next();
            self.rest.next();
        } else if !self.takes('^') {
            return Ok(base);
        }
        Ok(base.powf(self.signed()?))
    }

    fn atom(&mut self) -> Result<f64, CalculationError> {
        if self.takes('(') {
            let value = self.sum()?;
            self.wants(')')?;
            return Ok(value);
        }
        match self.peek() {
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_ascii_alphabetic() => self.named(),
            _ => Err(self.unexpected()),
        }
    }

    fn number(&mut self) -> Result<f64, CalculationError> {
        let mut text = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_digit() || *c == '.' || *c == '_') {
            text.extend((c != '_').then_some(c));
        }
        let mut ahead = self.rest.clone();
        let is_exponent = ahead.next().is_some_and(|c| matches!(c, 'e' | 'E')) && {
            ahead.next_if(|c| matches!(c, '+' | '-'));
            ahead.peek().is_some_and(char::is_ascii_digit)
        };
        if is_exponent {
            text.extend(self.rest.next());
            text.extend(self.rest.next_if(|c| matches!(c, '+' | '-')));
            while let Some(c) = self.rest.next_if(char::is_ascii_digit) {
                text.push(c);
            }
        }
        text.parse().map_err(|_| CalculationError::Unexpected(text))
    }

    fn named(&mut self) -> Result<f64, CalculationError> {
        let mut name = String::new();
        while let Some(c) = self.rest.next_if(char::is_ascii_alphanumeric) {
            name.push(c.to_ascii_lowercase());
        }
        match name.as_str() {
            "pi" => return Ok(std::f64::consts::PI),
            "e" => return Ok(std::f64::consts::E),
            _ => {}
        }
        if !self.takes('(') {
            return Err(CalculationError::Unexpected(name));
        }
        let mut values = vec![self.sum()?];
        while self.takes(',') {
            values.push(self.sum()?);
        }
        self.wants(')')?;
        apply(&name, &values)
    }
}

fn apply(name: &str, values: &[f64]) -> Result<f64, CalculationError> {
    let wrong = || CalculationError::Values(name.to_owned());
    match name {
        "min" => return values.iter().copied().reduce(f64::min).ok_or_else(wrong),
        "max" => return values.iter().copied().reduce(f64::max).ok_or_else(wrong),
        _ => {}
    }
    let function: fn(f64) -> f64 = match name {
        "sqrt" => f64::sqrt,
        "abs" => f64::abs,
        "round" => f64::round,
        "floor" => f64::floor,
        "ceil" => f64::ceil,
        "ln" => f64::ln,
        "log10" => f64::log10,
        "exp" => f64::exp,
        "sin" => f64::sin,
        "cos" => f64::cos,
        "tan" => f64::tan,
        _ => return Err(CalculationError::Unexpected(name.to_owned())),
    };
    match values {
        [value] => Ok(function(*value)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arithmetic_is_as_at_school() {
        for (expression, result) in [
            ("1 + 2 * 3", "7"),
            ("(1 + 2) * 3", "9"),
            ("-2^2", "-4"),
            ("2^3^2", "512"),
            ("2 ** 10", "1024"),
            ("2^-1", "0.5"),
            ("7 % 4", "3"),
            ("0.1 + 0.2", "0.3"),
            ("1/3", "0.333333333333333"),
            ("9007199254740991 + 1", "9007199254740992"),
            ("1_000 × 3 ÷ 2 − 1", "1499"),
            ("sqrt(16) + max(1, 2, 3) - abs(-4)", "3"),
            ("round(2 * pi)", "6"),
            ("1e3 + 1E-3", "1000.001"),
            ("10^20", "about 1e20"),
            ("-0", "0"),
        ] {
            assert_eq!(calculate(expression).as_deref(), Ok(result), "{expression}");
        }
    }

    #[test]
    fn what_cannot_be_calculated_says_why() {
        assert_eq!(calculate("1/0"), Err(CalculationError::TooLarge));
        assert_eq!(calculate("0/0"), Err(CalculationError::Undefined));
        assert_eq!(calculate("sqrt(-1)"), Err(CalculationError::Undefined));
        assert_eq!(calculate("10^400"), Err(CalculationError::TooLarge));
        assert_eq!(calculate(""), Err(CalculationError::Unfinished));
        assert_eq!(calculate("1 +"), Err(CalculationError::Unfinished));
        assert_eq!(calculate("1 2"), Err(CalculationError::Unexpected("2".into())));
        assert_eq!(calculate("system(1)"), Err(CalculationError::Unexpected("system".into())));
        assert_eq!(calculate("sqrt(1, 2)"), Err(CalculationError::Values("sqrt".into())));
        assert_eq!(calculate("1.2.3"), Err(CalculationError::Unexpected("1.2.3".into())));
        assert_eq!(calculate(&"(".repeat(1_000)), Err(CalculationError::TooDeep));
        assert_eq!(calculate(&"-".repeat(1_000)), Err(CalculationError::TooDeep));
        assert_eq!(calculate(&"2^".repeat(900)), Err(CalculationError::TooDeep));
        assert_eq!(calculate(&"1".repeat(LONGEST + 1)), Err(CalculationError::TooLong));
    }

    /// An expression, and what Rust makes of it.
    fn expressions() -> impl Strategy<Value = (String, f64)> {
        let leaf = prop_oneof![
            (0_u32..10_000).prop_map(|number| (number.to_string(), f64::from(number))),
            (0_u32..10_000, 1_u32..1_000).prop_map(|(whole, part)| {
                let text = format!("{whole}.{part:03}");
                let value = text.parse().unwrap();
                (text, value)
            }),
        ];
        leaf.prop_recursive(5, 40, 2, |inner| {
            let pair = (inner.clone(), inner.clone());
            prop_oneof![
                (pair, 0..5_usize).prop_map(|(((a, x), (b, y)), which)| {
                    let sign = ["+", "-", "*", "/", "%"][which];
                    let value = [x + y, x - y, x * y, x / y, x % y][which];
                    (format!("({a}){sign} ({b})"), value)
                }),
                inner.clone().prop_map(|(a, x)| (format!("-({a})"), -x)),
                inner.prop_map(|(a, x)| (format!("abs( {a} )"), x.abs())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_arithmetic_of_rust((text, value) in expressions()) {
            let found = evaluate(&text).unwrap();
            prop_assert!(found.to_bits() == value.to_bits() || (found.is_nan() && value.is_nan()), "{text}: {found} {value}");
        }

        #[test]
        fn sums_and_products_bind_as_in_rust(a in 0_u32..1_000, b in 0_u32..1_000, c in 1_u32..1_000) {
            let [x, y, z] = [a, b, c].map(f64::from);
            prop_assert_eq!(evaluate(&format!("{a}+{b}*{c}-{a}/{c}")).unwrap(), x + y * z - x / z);
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,60}") {
            let _ = calculate(&text);
        }

        #[test]
        fn anything_that_looks_like_arithmetic_is_answered(text in "[0-9.e+*/%^(),a-z -]{0,80}") {
            let _ = calculate(&text);
        }
    }
}
