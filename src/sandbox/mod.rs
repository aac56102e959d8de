//! The local stand-in of the CRM.
