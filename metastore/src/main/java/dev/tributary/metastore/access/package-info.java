/** Who may do what: tokens, scopes, limits. */
package dev.tributary.metastore.access;
