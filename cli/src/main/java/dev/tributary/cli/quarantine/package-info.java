/** The records that plans have set aside: counted, listed, and read again from the raw archive. */
package dev.tributary.cli.quarantine;
