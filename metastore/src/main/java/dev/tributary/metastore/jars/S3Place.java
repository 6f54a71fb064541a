package dev.tributary.metastore.jars;

import java.net.URI;
import java.util.Optional;

/**
 * Which S3 server is read.
 *
 * @param endpoint empty: AWS's own
 * @param region empty: as AWS's own chain says
 * @param pathStyle whether bucket names are part of the path
 */
public record S3Place(Optional<URI> endpoint, Optional<String> region, boolean pathStyle) {}
