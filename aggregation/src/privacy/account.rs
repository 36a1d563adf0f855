//! From Rényi and concentrated privacy to (ε, δ), and back to the least noise.

/// ε at `delta` of what is α·ε₁-RDP with `rdp` = α·ε₁ at this `order`: Canonne, Kamath, Steinke 2020, proposition 12
/// (also Balle et al., Hypothesis Testing Interpretations and Rényi Differential Privacy, AISTATS 2020, theorem 21).
#[must_use]
pub(super) fn epsilon_at(order: f64, rdp: f64, delta: f64) -> f64 {
    let epsilon = rdp + (-order.recip()).ln_1p() - (delta.ln() + order.ln()) / (order - 1.0);
    // `max` would make 0 of what is no number.
    if epsilon.is_nan() { f64::INFINITY } else { epsilon.max(0.0) }
}

/// ε at `delta` of a mechanism that is `rho`-zCDP (Bun and Steinke 2016): the least over all orders α of
/// [`epsilon_at`] with a divergence of ρ·α. Infinite unless 0 < δ < 1 and ρ is a number; nothing is spent at ρ = 0.
#[must_use]
pub fn zcdp_epsilon(rho: f64, delta: f64) -> f64 {
    let sensible = delta > 0.0 && delta < 1.0 && rho >= 0.0 && rho.is_finite();
    if !sensible {
        return f64::INFINITY;
    }
    if rho == 0.0 {
        return 0.0;
    }
    // With one minimum between orders barely above 1 and far beyond √(ln(1/δ)/ρ): thirds of ln(α − 1).
    let at = |t: f64| {
        let order = 1.0 + t.exp();
        epsilon_at(order, rho * order, delta)
    };
    let (mut low, mut high) = (-20.0_f64, 40.0_f64);
    for _ in 0..200 {
        let third = (high - low) / 3.0;
        let (left, right) = (low + third, high - third);
        if at(left) <= at(right) { high = right } else { low = left }
    }
    // Whatever order was found, its ε holds.
    at(f64::midpoint(low, high))
}

/// The least noise multiplier, to a ten-thousandth and rounded up, at which `epsilon` (falling in the multiplier) is at
/// most `target`; `None` if even 10⁴ is too little noise, or `target` is no positive number.
#[must_use]
pub fn least_multiplier(target: f64, mut epsilon: impl FnMut(f64) -> f64) -> Option<f64> {
    const SCALE: f64 = 10_000.0;
    let mut fits = |step: u64| epsilon(step as f64 / SCALE) <= target;
    let (mut low, mut high) = (0_u64, 100_000_000_u64);
    if target.is_nan() || target <= 0.0 || !fits(high) {
        return None;
    }
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        if fits(middle) { high = middle } else { low = middle }
    }
    Some(high as f64 / SCALE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_gaussian_calibrated_to_one_spends_one() {
        // google/differential-privacy, rdp_privacy_accountant_test.py: noise 4.530877117 is exactly (1, 10⁻⁶).
        let rho = 0.5 / 4.530_877_117_f64.powi(2);
        assert!((zcdp_epsilon(rho, 1e-6) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn gaussians_spend_what_another_program_says() {
        // PyPI dp-accounting 0.6.0: RdpAccountant, GaussianDpEvent(multiplier) so many times; orders in hundredths up to 11, whole ones beyond.
        for (multiplier, times, delta, due) in [
            (10.0_f64, 10.0, 1e-5, 1.308_497_269),
            (4.0, 4.0, 1e-5, 2.165_715_659),
            (1.0, 30.0, 1e-5, 39.793_165_815),
            (2.0, 100.0, 1e-6, 37.422_012_024),
            (0.5, 1.0, 1e-5, 10.724_829_265),
        ] {
            let found = zcdp_epsilon(times * 0.5 / multiplier.powi(2), delta);
            // The least over all orders is no more than over some.
            assert!(found <= due + 1e-8 && found > due * (1.0 - 1e-3), "{multiplier}: {found} {due}");
        }
    }

    #[test]
    fn pure_privacy_is_converted_as_published() {
        // The same file, test_compute_epsilon_delta_pure_dp: ε₁ = 1.1 at orders 2 to 32, δ = 10⁻⁵.
        let least = (2..=32).map(|order| epsilon_at(f64::from(order), 1.1, 1e-5)).fold(f64::MAX, f64::min);
        assert!((least - 1.327_838_061_76).abs() < 1e-9);
    }

    #[test]
    fn it_is_below_the_plain_bound_and_not_far_below() {
        // Bun and Steinke 2016, proposition 1.3: ε = ρ + 2√(ρ ln(1/δ)).
        for rho in [1e-6, 1e-3, 0.1, 1.0, 10.0, 1000.0] {
            let plain = rho + 2.0 * (rho * (1e5_f64).ln()).sqrt();
            let found = zcdp_epsilon(rho, 1e-5);
            assert!(found <= plain && found > 0.5 * plain, "{rho}: {found} {plain}");
        }
    }

    #[test]
    fn what_is_no_budget_is_unbounded() {
        assert_eq!(zcdp_epsilon(0.0, 1e-5), 0.0);
        for (rho, delta) in
            [(1.0, 0.0), (1.0, 1.0), (1.0, f64::NAN), (f64::NAN, 0.1), (-1.0, 0.1), (f64::INFINITY, 0.1)]
        {
            assert_eq!(zcdp_epsilon(rho, delta), f64::INFINITY, "{rho} {delta}");
        }
        assert_eq!(epsilon_at(2.0, f64::NAN, 1e-5), f64::INFINITY);
        assert!(zcdp_epsilon(1e300, 1e-5) >= 1e300);
    }

    proptest! {
        #[test]
        fn more_noise_and_a_larger_delta_spend_less(rho in 1e-6f64..100.0, delta in 1e-12f64..0.1) {
            let epsilon = zcdp_epsilon(rho, delta);
            prop_assert!(zcdp_epsilon(rho * 1.01, delta) >= epsilon);
            prop_assert!(zcdp_epsilon(rho, delta * 1.01) <= epsilon);
        }

        #[test]
        fn the_least_multiplier_is_the_least(target in 0.05f64..20.0, releases in 1u32..1000) {
            let spends = |multiplier: f64| zcdp_epsilon(f64::from(releases) * 0.5 / multiplier.powi(2), 1e-5);
            let found = least_multiplier(target, spends).unwrap();
            prop_assert!(spends(found) <= target);
            prop_assert!(spends(found - 1e-4) > target);
        }
    }

    #[test]
    fn what_no_noise_reaches_is_none() {
        assert_eq!(least_multiplier(1.0, |_| 2.0), None);
        assert_eq!(least_multiplier(0.0, |_| 0.0), None);
        assert_eq!(least_multiplier(f64::NAN, |_| 0.0), None);
    }
}
