//! From a site's unit to a study's: units are UCUM codes (<https://ucum.org/ucum>), for clinical quantities.

/// What a unit measures, and how many of the quantity's own unit it is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    /// Amount of substance per volume, in mmol/L.
    Molar(f64),
    /// Mass per volume, in mg/L.
    Mass(f64),
    /// Of another quantity: its name, its size, and where its zero lies.
    Other(&'static str, f64, f64),
}

/// The units that can be converted; factors as UCUM has them.
const UNITS: &[(&str, Unit)] = &[
    ("mol/L", Unit::Molar(1e3)),
    ("mmol/L", Unit::Molar(1.0)),
    ("umol/L", Unit::Molar(1e-3)),
    ("nmol/L", Unit::Molar(1e-6)),
    ("g/L", Unit::Mass(1e3)),
    ("g/dL", Unit::Mass(1e4)),
    ("mg/dL", Unit::Mass(10.0)),
    ("mg/L", Unit::Mass(1.0)),
    ("ug/mL", Unit::Mass(1.0)),
    ("ug/dL", Unit::Mass(1e-2)),
    ("ug/L", Unit::Mass(1e-3)),
    ("ng/mL", Unit::Mass(1e-3)),
    ("K", Unit::Other("temperature", 1.0, 0.0)),
    ("Cel", Unit::Other("temperature", 1.0, 273.15)),
    ("[degF]", Unit::Other("temperature", 5.0 / 9.0, 459.67 * 5.0 / 9.0)),
    ("m", Unit::Other("length", 1.0, 0.0)),
    ("cm", Unit::Other("length", 1e-2, 0.0)),
    ("mm", Unit::Other("length", 1e-3, 0.0)),
    ("[in_i]", Unit::Other("length", 0.0254, 0.0)),
    ("[ft_i]", Unit::Other("length", 0.3048, 0.0)),
    ("kg", Unit::Other("mass", 1.0, 0.0)),
    ("g", Unit::Other("mass", 1e-3, 0.0)),
    ("[lb_av]", Unit::Other("mass", 0.453_592_37, 0.0)),
    ("kPa", Unit::Other("pressure", 1.0, 0.0)),
    ("mm[Hg]", Unit::Other("pressure", 0.133_322, 0.0)),
    ("a", Unit::Other("time", 365.25, 0.0)),
    ("mo", Unit::Other("time", 30.4375, 0.0)),
    ("wk", Unit::Other("time", 7.0, 0.0)),
    ("d", Unit::Other("time", 1.0, 0.0)),
    ("h", Unit::Other("time", 1.0 / 24.0, 0.0)),
    ("min", Unit::Other("time", 1.0 / 1440.0, 0.0)),
];

/// Molar masses in g/mol, as PubChem has them: between them, mg/dL = mmol/L × molar mass / 10. Triglycerides are taken as
/// triolein and urea nitrogen as N₂, as laboratories do (AMA Manual of Style, 11th edition, section 17.5).
const SUBSTANCES: &[(&str, f64)] = &[
    ("bilirubin", 584.66),
    ("calcium", 40.078),
    ("cholesterol", 386.65),
    ("creatinine", 113.12),
    ("glucose", 180.156),
    ("lactate", 90.08),
    ("magnesium", 24.305),
    ("phosphorus", 30.974),
    ("triglycerides", 885.4),
    ("urea", 60.056),
    ("urea nitrogen", 28.014),
    ("uric acid", 168.11),
];

/// y = scale × x + offset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Affine {
    pub scale: f64,
    pub offset: f64,
}

impl Affine {
    pub(super) const IDENTITY: Self = Self { scale: 1.0, offset: 0.0 };

    pub(super) fn apply(self, x: f64) -> f64 {
        // Exactly x, where nothing is converted.
        if self == Self::IDENTITY { x } else { self.scale.mul_add(x, self.offset) }
    }
}

/// How a value in `from` becomes one in `to`. `substance` is needed between masses and amounts of substance.
///
/// # Errors
/// Saying what to write instead, if a unit is not known, or the two are not of one quantity.
pub(super) fn conversion(from: &str, to: &str, substance: Option<&str>) -> Result<Affine, String> {
    if from == to {
        return Ok(Affine::IDENTITY);
    }
    let unit = |code: &str| {
        UNITS.iter().find(|(known, _)| *known == code).map(|(_, unit)| *unit).ok_or_else(|| {
            let known: Vec<&str> = UNITS.iter().map(|(code, _)| *code).collect();
            format!("{code:?} can't be converted: give scale and offset, or one of {}", known.join(", "))
        })
    };
    let molar_mass = || {
        let names = || SUBSTANCES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let ask = || format!("from {from} to {to} needs the substance, which is one of: {}", names());
        let name = substance.ok_or_else(ask)?;
        SUBSTANCES.iter().find(|(known, _)| *known == name).map(|(_, mass)| *mass).ok_or_else(ask)
    };
    let scale = match (unit(from)?, unit(to)?) {
        (Unit::Molar(a), Unit::Molar(b)) | (Unit::Mass(a), Unit::Mass(b)) => a / b,
        (Unit::Molar(a), Unit::Mass(b)) => a * molar_mass()? / b,
        (Unit::Mass(a), Unit::Molar(b)) => a / molar_mass()? / b,
        (Unit::Other(a, size_a, zero_a), Unit::Other(b, size_b, zero_b)) if a == b => {
            return Ok(Affine { scale: size_a / size_b, offset: (zero_a - zero_b) / size_b });
        }
        _ => return Err(format!("{from} and {to} do not measure the same quantity")),
    };
    Ok(Affine { scale, offset: 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(x: f64, from: &str, to: &str, substance: Option<&str>) -> f64 {
        conversion(from, to, substance).unwrap().apply(x)
    }

    /// The factors from conventional to SI units that the AMA Manual of Style prints, to their last digit.
    #[test]
    fn printed_conversions() {
        for (substance, from, to, factor, digit) in [
            ("cholesterol", "mg/dL", "mmol/L", 0.0259, 1e-4),
            ("triglycerides", "mg/dL", "mmol/L", 0.0113, 1e-4),
            ("glucose", "mg/dL", "mmol/L", 0.0555, 1e-4),
            ("creatinine", "mg/dL", "umol/L", 88.4, 0.1),
            ("bilirubin", "mg/dL", "umol/L", 17.104, 0.01),
            ("urea nitrogen", "mg/dL", "mmol/L", 0.357, 1e-3),
            ("uric acid", "mg/dL", "mmol/L", 0.0595, 1e-4),
            ("calcium", "mg/dL", "mmol/L", 0.25, 0.01),
            ("magnesium", "mg/dL", "mmol/L", 0.4114, 1e-4),
            ("phosphorus", "mg/dL", "mmol/L", 0.323, 1e-3),
            ("lactate", "mg/dL", "mmol/L", 0.111, 1e-3),
        ] {
            let got = convert(1.0, from, to, Some(substance));
            assert!((got - factor).abs() <= digit / 2.0 + 1e-12, "{substance}: {got}");
            let back = convert(got, to, from, Some(substance));
            assert!((back - 1.0).abs() < 1e-12, "{substance}: {back}");
        }
        for (x, from, to, y) in [
            (37.0, "Cel", "[degF]", 98.6),
            (98.6, "[degF]", "Cel", 37.0),
            (310.15, "K", "Cel", 37.0),
            (71.0, "[in_i]", "cm", 180.34),
            (150.0, "[lb_av]", "kg", 68.038_855_5),
            (120.0, "mm[Hg]", "kPa", 15.998_64),
            (2.0, "a", "mo", 24.0),
            (5.0, "g/L", "mg/dL", 500.0),
            (0.1, "mmol/L", "umol/L", 100.0),
        ] {
            assert!((convert(x, from, to, None) - y).abs() < 1e-9, "{x} {from}");
        }
    }

    #[test]
    fn what_cannot_be_converted_says_what_to_write() {
        let why = |from, to, substance| conversion(from, to, substance).unwrap_err();
        assert!(why("mg/dL", "mmol/L", None).contains("needs the substance"));
        assert!(why("mg/dL", "mmol/L", Some("gold")).contains("cholesterol"));
        assert!(why("mg/dl", "mmol/L", Some("glucose")).contains("give scale and offset"));
        assert!(why("kg", "cm", None).contains("same quantity"));
        assert_eq!(conversion("[arb]", "[arb]", None), Ok(Affine::IDENTITY));
    }
}
