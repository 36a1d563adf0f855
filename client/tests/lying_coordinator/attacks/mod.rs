//! One test an attack, by what is attacked.

mod joining;
