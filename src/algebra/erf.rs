//! Polynomials for the error function, for code that has no library to ask: `x NEAR(x^2)` up to
//! `|x| = 1`, `1 - e^(-x^2) FAR((x - 5/2)/(x + 5/2))` up to 6, where it is 1 to rounding.
//!
//! Both interpolate in Chebyshev's points, computed with 50 digits; good to 4 units in the last
//! place.

/// Coefficients of `NEAR`, the constant first.
pub const ERF_NEAR: [f64; 12] = [
    std::f64::consts::FRAC_2_SQRT_PI,
    -0.37612638903183543,
    0.11283791670945006,
    -0.02686617064323777,
    0.0052239776071164225,
    -0.0008548325975389692,
    0.00012055294904839707,
    -1.492473690741966e-05,
    1.6447424703317362e-06,
    -1.6208483801871705e-07,
    1.3720064546777686e-08,
    -7.795898827002142e-10,
];

/// Coefficients of `FAR`, the constant first.
pub const ERF_FAR: [f64; 15] = [
    0.2108063640611436,
    -0.37173673394897294,
    0.2517131932174488,
    -0.12503305237891782,
    0.03992253907546523,
    -0.003993701160123029,
    -0.0026423659518134547,
    0.0008759152875774328,
    0.0002283799633257643,
    -0.00012887483134837842,
    -3.4175718896856294e-05,
    1.8596747731144528e-05,
    7.499735050763299e-06,
    -2.2328516517555215e-06,
    -1.587633893127344e-06,
];
