//! The shared credentials file: its text ([`document`]), changes to it ([`edit`]), the values in a
//! section ([`properties`]). Pure, except for [`store`], the file on disk.

pub(crate) mod botocore;
pub(crate) mod document;
pub(crate) mod edit;
pub(crate) mod line;
pub(crate) mod missing;
pub(crate) mod name;
pub(crate) mod near;
pub(crate) mod oddity;
pub(crate) mod properties;
pub(crate) mod refusal;
pub(crate) mod store;
