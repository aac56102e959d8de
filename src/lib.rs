//! cartera loads creditors' debt portfolios into wolkvox CRM.
pub mod books;
pub mod lang;
pub mod ledger;
pub mod mapping;
pub mod pipeline;
pub mod platform;
pub mod portfolio;
pub mod problem;
pub mod report;
pub mod sandbox;
pub mod secret;
pub mod source;
pub mod survey;
pub mod target;
