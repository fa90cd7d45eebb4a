//! The shared credentials file: its text ([`document`]), changes to it ([`edit`]), the meaning of one section ([`properties`]) and the file on disk ([`store`]).

pub mod document;
pub mod edit;
pub mod line;
pub mod oddity;
pub mod properties;
pub mod refusal;
pub mod store;
