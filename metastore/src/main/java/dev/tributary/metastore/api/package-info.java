/** The REST interface: routes, and what requests and answers look like. */
package dev.tributary.metastore.api;
