// Outlines: the far side of the surface, spread along the normals as the picture shows them and so seen around
// the silhouette. A line finer than a sample would break into dashes: it is drawn one sample wide and paler.

#ifdef VERTEX

in vec3 skinned_position;
in vec3 skinned_normal;
in float edge_scale;

out float strength;

void main() {
    vec4 seen = view * vec4(skinned_position, 1.0);
    vec3 normal = normalize(mat3(view) * skinned_normal);
    float width = edge_scale * edge_size * edge_spread;
    strength = clamp(width / sample_spread, 0.0, 1.0);
    // Backwards too, so that it stays behind the two-sided cloth whose back is seen.
    vec3 outward = vec3(normal.xy / max(length(normal.xy), 1e-6), max(normal.z, 0.0));
    seen.xyz += outward * max(width, sample_spread) * seen.z;
    gl_Position = projection * seen;
}

#endif
#ifdef FRAGMENT

in float strength;

out vec4 premultiplied;

void main() {
    float alpha = edge_color.a * strength;
    if (alpha < 0.5 / 255.0) discard;
    premultiplied = vec4(edge_color.rgb * alpha, alpha);
}

#endif
