//! Numbers that states give to persons and firms.

pub(super) mod americas;
pub(super) mod asia_pacific;
pub(super) mod britain;
pub(super) mod europe;
pub(super) mod firms;
pub(super) mod middle_east_africa;
pub(super) mod vat;
